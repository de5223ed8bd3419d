import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import { here } from '../testing.ts';
import { lineTotal } from '../money.ts';
import { categoryShares, sampleCatalogue } from './catalogue.ts';
import { sampleCustomers } from './customers.ts';
import { recordSampleSales, recordSampleStock } from './record.ts';
import { sampleSales } from './sales.ts';

const until = Date.parse('2026-03-16T12:00:00+08:00');
const span = { days: 40, until, seed: 7 };

describe('the sample catalogue', () => {
  it('has every category and no doubled name or sku', () => {
    const products = sampleCatalogue();
    expect(products.length).toBeGreaterThanOrEqual(115);
    expect(new Set(products.map((product) => product.category))).toEqual(new Set(Object.keys(categoryShares)));
    for (const field of ['id', 'sku', 'name'] as const) {
      expect(new Set(products.map((product) => product[field])).size).toBe(products.length);
    }
    expect(products.every((product) => Number.isInteger(product.price) && product.price > product.cost)).toBe(true);
    expect(new Set(sampleCustomers('s').map((customer) => customer.name)).size).toBe(40);
  });
});

describe('sample sales', () => {
  it('follow from seed and date alone', () => {
    const sales = sampleSales(span);
    expect(sampleSales(span)).toEqual(sales);
    expect(sampleSales({ ...span, days: 3, until: until - 3_600_000 })).toEqual(
      sales.filter((sale) => sale.at >= Date.parse('2026-03-14T00:00+08:00') && sale.at <= until - 3_600_000),
    );
    expect(sampleSales({ ...span, seed: 8 })).not.toEqual(sales);
    expect(sales.every((sale) => sale.at <= until)).toBe(true);
  });

  it('have the shape of a real store', () => {
    const sales = sampleSales({ ...span, days: 120 });
    const totals = sales
      .map((sale) => sale.items.reduce((sum, { product, qty }) => sum + lineTotal(qty, product.price), 0) / 100)
      .toSorted((a, b) => a - b);
    const at = (share: number) => totals[Math.floor(totals.length * share)] ?? 0;
    const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length;
    // real ones: quartiles 16, 28 and 82, mean 68, 150 at nine tenths, 528 at 99 %
    expect(at(0.25)).toBeGreaterThan(10);
    expect(at(0.25)).toBeLessThan(22);
    expect(at(0.5)).toBeGreaterThan(20);
    expect(at(0.5)).toBeLessThan(40);
    expect(at(0.75)).toBeGreaterThan(60);
    expect(at(0.75)).toBeLessThan(105);
    expect(mean).toBeGreaterThan(50);
    expect(mean).toBeLessThan(90);
    const single = sales.filter((sale) => sale.items.length === 1).length / sales.length;
    expect(single).toBeGreaterThan(0.55);
    expect(single).toBeLessThan(0.61);
    const hours = sales.map((sale) => Math.floor((sale.at / 3_600_000 + 8) % 24));
    expect([Math.min(...hours), Math.max(...hours)]).toEqual([6, 21]);
  });
});

describe('recording them', () => {
  let store: Store;
  let cleanup: () => void;
  beforeEach(() => ({ store, cleanup } = testStore({ identity: here })));
  afterEach(() => cleanup());

  it('writes each sale as one local transaction, and nothing the second time', () => {
    const sales = sampleSales({ ...span, days: 3 });
    expect(recordSampleStock(store, until)).toBeGreaterThan(200);
    expect(recordSampleSales(store, sales)).toBe(sales.length);
    expect([recordSampleStock(store, until), recordSampleSales(store, sales)]).toEqual([0, 0]);
    expect(recordSampleSales(store, sampleSales({ ...span, days: 4 }))).toBeGreaterThan(30);
    const sum = store.read.get<{ wrong: number; n: number }>(
      `SELECT count(*) AS n, sum(total <> (SELECT sum(line_total) FROM transaction_items i WHERE i.transaction_id = t.id)) AS wrong
       FROM transactions t`,
    );
    expect(sum).toMatchObject({ wrong: 0 });
    const groups = store.read.get<{ n: number }>(
      `SELECT count(DISTINCT txn) AS n FROM _change_log WHERE table_name = 'transactions'`,
    );
    expect(groups?.n).toBe(sum?.n);
  });
});
