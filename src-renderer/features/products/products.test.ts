import { describe, expect, it } from 'vitest';
import type { Product } from '#shared/contract/schemas.ts';
import { changesOf } from '../../ui/changes-of.ts';
import { productDraft, productValues } from './product-draft.ts';
import { signedQty } from './movement.ts';
import { sliced } from './use-stock.ts';

const product: Product = {
  id: 'p1',
  sku: 'PF-1',
  name: 'Kape Uno',
  local_name: null,
  brand: 'Uno',
  category: 'Coffee',
  unit: 'sachet',
  price: 123_450,
  cost: 640,
  active: 1,
};

describe('the product form', () => {
  it('reads back what it shows, so that an untouched form changes nothing', () => {
    const values = productValues(productDraft(product));
    expect(values).not.toBeNull();
    expect(changesOf(product, values ?? {}, () => true)).toEqual({});
  });

  it('sends only what was touched', () => {
    const values = productValues({ ...productDraft(product), price: '8.5', brand: ' ', active: false });
    expect(changesOf(product, values ?? {}, () => true)).toEqual({ price: 850, brand: null, active: 0 });
    const padded = { ...product, name: ' Kape Uno ', price: 900 };
    expect(changesOf(padded, values ?? {}, (name) => name === 'price')).toEqual({ price: 850 });
  });

  it('is not ready without a name, a code or an amount', () => {
    const draft = productDraft(product);
    expect(productValues({ ...draft, name: ' ' })).toBeNull();
    expect(productValues({ ...draft, sku: '' })).toBeNull();
    expect(productValues({ ...draft, price: 'cheap' })).toBeNull();
    expect(productValues({ ...draft, price: '-1' })).toBeNull();
    expect(productValues(productDraft(null))).toBeNull();
  });
});

it('takes spoiled goods off the stock and leaves a correction its sign', () => {
  expect(signedQty('spoilage', 2000)).toBe(-2000);
  expect(signedQty('delivery', 2000)).toBe(2000);
  expect(signedQty('adjustment', -500)).toBe(-500);
});

it('cuts lists at fixed borders', () => {
  expect(sliced([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(sliced([], 2)).toEqual([]);
});
