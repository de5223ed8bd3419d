import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { overview } from '#shared/contract/schemas.ts';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import { readOverview } from './overview.ts';
import { createProduct } from './products.ts';
import { recordSale, voidSale } from './sales.ts';
import { here, value } from './testing.ts';

const manila = (text: string) => Date.parse(`${text}+08:00`);
let store: Store;
let cleanup: () => void;
let clock = 0;
beforeEach(() => ({ store, cleanup } = testStore({ identity: here, now: () => clock })));
afterEach(() => cleanup());

function sellAt(text: string, productId: string): string {
  clock = manila(text);
  const items = [{ productId, qty: 1000 }];
  return value(recordSale(store, { items, payment: 'cash', customerId: null })).id;
}
function product(): string {
  const input = { sku: 'K', name: 'Kape', category: 'coffee', unit: 'pc', price: 800, cost: 500 };
  return value(createProduct(store, input)).id;
}

describe('the overview', () => {
  it('counts the Manila day, hour by hour, without voided sales', () => {
    const coffee = product();
    sellAt('2026-03-09T23:59:59.999', coffee);
    sellAt('2026-03-10T00:00:00', coffee);
    sellAt('2026-03-10T06:30:00', coffee);
    const wrong = sellAt('2026-03-10T06:31:00', coffee);
    value(voidSale(store, { id: wrong, reason: 'x' }));
    sellAt('2026-03-11T00:00:00', coffee);
    const { today } = readOverview(store.read, manila('2026-03-10T12:00:00'));
    expect(today).toMatchObject({ sales: 2, revenue: 1600, lastWeek: null });
    expect(today.hours.flatMap((revenue, hour) => (revenue > 0 ? [[hour, revenue]] : []))).toEqual([
      [0, 800],
      [6, 800],
    ]);
  });

  it('compares with the same weekday up to the same time', () => {
    const coffee = product();
    sellAt('2026-03-03T08:00:00', coffee);
    sellAt('2026-03-03T13:00:00', coffee);
    expect(readOverview(store.read, manila('2026-03-10T12:00:00')).today.lastWeek).toBe(800);
    expect(readOverview(store.read, manila('2026-03-10T14:00:00')).today.lastWeek).toBe(1600);
  });

  it('counts rows, what waits and what is stuck by table', () => {
    sellAt('2026-03-10T08:00:00', product());
    store.apply(null, (db) => {
      db.run(`UPDATE _change_log SET state = 3 WHERE table_name IN ('transactions', 'transaction_items')`);
      db.run(`UPDATE _change_log SET state = 4 WHERE table_name = 'products'`);
    });
    const answer = readOverview(store.read, clock);
    const byName = new Map(answer.tables.map(({ table, ...counts }) => [table, counts]));
    expect(byName.get('transactions')).toEqual({ rows: 1, waiting: 1, stuck: 1, conflicts: 0 });
    expect(byName.get('stock_levels')).toEqual({ rows: 1, waiting: 1, stuck: 0, conflicts: 0 });
    expect(byName.get('products')).toEqual({ rows: 1, waiting: 0, stuck: 0, conflicts: 0 });
  });

  it('sums the last hour in twelve buckets and satisfies the contract', () => {
    const now = manila('2026-03-10T12:02:00');
    const run = (at: string, pushed: number, outcome = 'ok') =>
      store.apply(null, (db) =>
        db.run(
          `INSERT INTO _sync_runs (started_at, ms, outcome, pushed, pulled, bytes_up, bytes_raw, bytes_down) VALUES (?, 12.5, ?, ?, 3, 100, 400, 50)`,
          manila(at),
          outcome,
          pushed,
        ),
      );
    run('2026-03-10T10:59:00', 99);
    run('2026-03-10T11:05:00', 7);
    run('2026-03-10T12:01:00', 5);
    run('2026-03-10T12:01:30', 6, 'running');
    const answer = overview.parse(readOverview(store.read, now));
    expect(answer.lastHour).toMatchObject({ sent: 18, received: 9, bytesUp: 300, bytesDown: 150, compression: 0.25 });
    expect(answer.lastHour.buckets.map((bucket) => bucket.sent)).toEqual([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11]);
    expect(answer.runs.map((shown) => shown.pushed)).toEqual([5, 7, 99]);
  });
});
