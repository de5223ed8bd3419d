import { describe, expect, it } from 'vitest';
import type { Product } from '#shared/contract/schemas.ts';
import { addToBasket, basketTotal, lineTotal, readSearch, setQty } from './basket.ts';

const product = (id: string, price: number): Product => ({
  id,
  sku: id,
  name: id,
  local_name: null,
  brand: null,
  category: 'x',
  unit: 'pc',
  price,
  cost: 0,
  active: 1,
});
const kape = product('kape', 850);
const bigas = product('bigas', 5200);

describe('the basket', () => {
  it('keeps one line for a product and adds quantities up', () => {
    const lines = addToBasket(addToBasket(addToBasket([], kape, 1000), bigas, 500), kape, 2000);
    expect(lines.map((line) => [line.product.id, line.qty])).toEqual([
      ['kape', 3000],
      ['bigas', 500],
    ]);
    expect(basketTotal(lines)).toBe(3 * 850 + 2600);
  });

  it('rounds a part of a unit to whole centavos', () => {
    expect(lineTotal({ product: product('x', 333), qty: 500 })).toBe(167);
  });

  it('drops a line whose quantity reaches zero', () => {
    expect(setQty([{ product: kape, qty: 1000 }], 'kape', 0)).toEqual([]);
    expect(setQty([{ product: kape, qty: 1000 }], 'kape', 2000)).toEqual([{ product: kape, qty: 2000 }]);
  });
});

describe('what was typed', () => {
  it('may begin with a quantity and a star', () => {
    expect(readSearch('3*kape')).toEqual({ qty: 3000, search: 'kape' });
    expect(readSearch(' 0.5 * bigas')).toEqual({ qty: 500, search: 'bigas' });
  });

  it('is a name otherwise, also one with digits', () => {
    expect(readSearch(' 7up ')).toEqual({ qty: 1000, search: '7up' });
    expect(readSearch('0*kape')).toEqual({ qty: 1000, search: '0*kape' });
    expect(readSearch('1.2.3*kape')).toEqual({ qty: 1000, search: '1.2.3*kape' });
  });
});
