import { expect, it } from 'vitest';
import { changeText } from './change-text.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const change = (column: string, before: unknown, after: unknown) => ({ column, before, after });

it('says what a change does in one line', () => {
  expect(changeText({ op: 'I', table: 'transactions', changes: [] }, 0)).toBe('new');
  expect(changeText({ op: 'D', table: 'products', changes: [] }, 0)).toBe('deleted');
  expect(changeText({ op: 'U', table: 'products', changes: [] }, 0)).toBe('changed');
  const price = change('price', 800, 850);
  expect(plain(changeText({ op: 'U', table: 'products', changes: [price] }, 0))).toBe('Price: ₱ 8.00 → ₱ 8.50');
  const two = [price, change('active', 1, 0)];
  expect(plain(changeText({ op: 'U', table: 'products', changes: two }, 0))).toBe('Price: ₱ 8.00 → ₱ 8.50, 1 more');
});

it('shows the difference of what is added up', () => {
  const qty = (before: number, after: number) => [change('qty', before, after)];
  expect(changeText({ op: 'U', table: 'stock_levels', changes: qty(24_000, 22_000) }, 0)).toBe('−2');
  expect(changeText({ op: 'U', table: 'stock_levels', changes: qty(0, 12_500) }, 0)).toBe('+12.5');
});

it('writes values in the words of the shop', () => {
  const text = changeText({ op: 'U', table: 'transactions', changes: [change('payment', 'cash', 'gcash')] }, 0);
  expect(text).toBe('Payment: Cash → GCash');
  expect(changeText({ op: 'U', table: 'customers', changes: [change('phone', null, '0917')] }, 0)).toBe(
    'Phone: empty → 0917',
  );
});
