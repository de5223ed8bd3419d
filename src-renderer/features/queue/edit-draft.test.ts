import { describe, expect, it } from 'vitest';
import { editChanges, editRecords, editText, isBad } from './edit-draft.ts';

const field = (column: string, after: unknown) => ({ column, before: null, after });
const records = editRecords([
  { seq: 1, table: 'products', rowId: 'p', op: 'U', title: 'Kape', fields: [field('price', -5), field('active', 1)] },
  { seq: 2, table: 'products', rowId: 'p', op: 'U', title: 'Kape', fields: [field('price', -700)] },
  { seq: 3, table: 'stock_levels', rowId: 's', op: 'U', title: 'Stock', fields: [field('qty', 1500)] },
  { seq: 4, table: 'stock_levels', rowId: 'x', op: 'I', title: 'Stock', fields: [field('product_id', 'p')] },
  { seq: 5, table: 'customers', rowId: 'c', op: 'D', title: 'Rosa', fields: [field('name', null)] },
]);
const key = (column: string) => records.flatMap(({ fields }) => fields).find((one) => one.column === column)?.key ?? '';

describe('correcting a refused change', () => {
  it('offers what a person can write, once for each field', () => {
    expect(records.map(({ title, fields }) => [title, fields.map((one) => [one.column, one.value])])).toEqual([
      ['Kape', [['price', -700]]],
      ['Stock', [['qty', 1500]]],
    ]);
    const [price] = records[0]?.fields ?? [];
    expect(price && editText({}, price)).toBe('-7.00');
  });

  it('sends what differs, and nothing while something is no value', () => {
    expect(editChanges(records, {})).toBeNull();
    expect(editChanges(records, { [key('price')]: '-7' })).toBeNull();
    expect(editChanges(records, { [key('price')]: '8.5', [key('qty')]: '1.5' })).toEqual([
      { table: 'products', rowId: 'p', values: { price: 850 } },
    ]);
    expect(editChanges(records, { [key('price')]: '8.5', [key('qty')]: 'many' })).toBeNull();
    const [price] = records[0]?.fields ?? [];
    expect(price && isBad({ [key('price')]: '' }, price)).toBe(true);
  });
});
