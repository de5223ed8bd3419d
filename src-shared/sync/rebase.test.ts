import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rebase, relink, unrebase, type LocalChange, type Values } from './rebase.ts';

const empty = { store_id: 's', product_id: 'p' };
const product: Values = { sku: 'K1', name: 'Kape', price: 800, cost: 610 };

/** Changes as a PC captures them: each one's old values are what stood there. */
function capture(start: Values, edits: readonly Partial<Record<string, number>>[]): LocalChange[] {
  let row: Values = start;
  return edits.map((edit) => {
    const after = edit as Values;
    const before = Object.fromEntries(Object.keys(after).map((name) => [name, row[name] ?? null]));
    row = { ...row, ...after };
    return { op: 'U', after, before };
  });
}
const edits = fc.array(fc.record({ price: fc.integer(), cost: fc.integer() }, { requiredKeys: [] }), { maxLength: 6 });
const levels = fc.array(fc.record({ qty: fc.integer({ min: -1000, max: 1000 }) }), { maxLength: 6 });

describe('rebase', () => {
  it('shows the last local value of each field over whatever the cloud says', () => {
    fc.assert(
      fc.property(edits, fc.integer(), (list, price) => {
        const seen = rebase('products', { ...product, price }, capture(product, list));
        const lastPrice = list.findLast((edit) => edit.price !== undefined)?.price;
        expect(seen?.price).toBe(lastPrice ?? price);
      }),
    );
  });

  it('adds stock changes to whatever the cloud says', () => {
    fc.assert(
      fc.property(levels, fc.integer({ min: -1000, max: 1000 }), (list, cloud) => {
        const changes = capture({ ...empty, qty: 100 }, list);
        const change = (list.at(-1)?.qty ?? 100) - 100;
        expect(rebase('stock_levels', { ...empty, qty: cloud }, changes)?.qty).toBe(cloud + change);
      }),
    );
  });

  it('is undone by unrebase', () => {
    fc.assert(
      fc.property(edits, (list) => {
        const changes = capture(product, list);
        expect(unrebase('products', rebase('products', product, changes), changes)).toEqual(product);
      }),
    );
  });

  it('keeps a row that is gone in the cloud gone, and a new one new', () => {
    expect(rebase('products', null, capture(product, [{ price: 1 }]))).toBeNull();
    expect(rebase('products', null, [{ op: 'I', after: product, before: null }])).toEqual(product);
    expect(rebase('products', product, [{ op: 'D', after: null, before: product }])).toBeNull();
    expect(unrebase('products', null, [{ op: 'D', after: null, before: product }])).toEqual(product);
  });
});

describe('relink', () => {
  it('lets what is left stand on the image, as if what was taken out had never been', () => {
    const changes = capture(product, [{ price: -5 }, { price: 900 }, { cost: 700 }]);
    const linked = relink('products', product, changes.slice(1));
    expect(linked.map(({ before }) => before)).toEqual([{ price: 800 }, { cost: 610 }]);
  });

  it('keeps how much a stock change adds', () => {
    const changes = capture({ ...empty, qty: 10 }, [{ qty: 500 }, { qty: 497 }]);
    const [left] = relink('stock_levels', { ...empty, qty: 10 }, changes.slice(1));
    expect(rebase('stock_levels', { ...empty, qty: 10 }, left ? [left] : [])?.qty).toBe(7);
  });
});
