import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { firstTables } from '#shared/register.ts';
import { testStore } from '#main/store/testing.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import { firstTxnsSql } from './operations.ts';
import { cutBatch, type OutboxBatch } from './outbox.ts';
import { nextOperations } from './priority.ts';
import { createShapes } from './shapes.ts';

const shop: { store: Store; cleanup: () => void }[] = [];
afterEach(() => shop.splice(0).forEach(({ cleanup }) => cleanup()));

function newStore(): Store {
  const made = testStore({
    identity: { deviceId: 'd', deviceName: 'D', storeId: 's', storeName: 'S', counter: 1 },
  });
  shop.push(made);
  return made.store;
}

const product = (db: WritableDb, id: string) =>
  db.run(
    `INSERT INTO products (id, sku, name, category, unit, price, cost, active) VALUES (?, 'S', 'P', 'c', 'pc', 1, 1, 1)`,
    id,
  );
const reprice = (db: WritableDb, id: string) => db.run('UPDATE products SET price = price + 1 WHERE id = ?', id);
const movement = (db: WritableDb, id: string, of: string) =>
  db.run(
    `INSERT INTO stock_movements (id, store_id, product_id, kind, qty, at) VALUES (?, 's', ?, 'delivery', 1, 1)`,
    id,
    of,
  );

const portion = { operations: 10, bytes: 1_000_000 };

/** Marks everything as sent and confirmed that is in the store. */
function confirmAll(store: Store): void {
  store.apply(null, (db) => db.run('UPDATE _change_log SET state = 4'));
}

describe('what is sent first', () => {
  it('is what the shop lives on, before bulk work that is longer than a batch', () => {
    const store = newStore();
    store.transaction('t', (db) => ['a', 'b', 'c'].forEach((id) => product(db, id)));
    confirmAll(store);
    for (let i = 0; i < 30; i += 1) store.transaction('bulk', (db) => reprice(db, 'a'));
    store.transaction('t', (db) => movement(db, 'm', 'b'));
    const actors = nextOperations(store.read, portion).map(({ actor }) => actor);
    expect(actors).toEqual([...Array.from({ length: 9 }, () => 'bulk'), 't']);
  });

  it('never overtakes what it refers to', () => {
    const store = newStore();
    store.transaction('t', (db) => product(db, 'a'));
    confirmAll(store);
    for (let i = 0; i < 30; i += 1) store.transaction('bulk', (db) => reprice(db, 'a'));
    store.transaction('t', (db) => movement(db, 'm', 'a'));
    expect(nextOperations(store.read, portion).map(({ actor }) => actor)).not.toContain('t');
  });

  it('is found by an index, however long the queue is', () => {
    const store = newStore();
    const plan = store.read
      .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${firstTxnsSql}`, 10)
      .map(({ detail }) => detail)
      .join('\n');
    expect(plan).toContain('_change_log_first');
    const [{ sql } = { sql: '' }] = store.read.all<{ sql: string }>(
      `SELECT sql FROM sqlite_master WHERE name = '_change_log_first'`,
    );
    expect(firstTables.every((name) => sql.includes(`'${name}'`))).toBe(true);
  });
});

/** A local transaction of the model: it changes some products, and may move stock of one, or insert a product. */
const work = fc.record({
  products: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
  moves: fc.option(fc.integer({ min: 0, max: 9 }), { nil: null }),
  removes: fc.boolean(),
});

describe('the order of each row, and of what refers to it', () => {
  it('never changes, whatever is cut', () => {
    const store = newStore();
    fc.assert(
      fc.property(fc.array(work, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (works, size) => {
        store.apply(null, (db) =>
          ['_change_log', '_outbox', 'products', 'stock_movements'].forEach((name) => db.run(`DELETE FROM ${name}`)),
        );
        const ids = Array.from({ length: 10 }, (_, i) => `p${i}`);
        store.transaction('t', (db) => ids.forEach((id) => product(db, id)));
        confirmAll(store);
        works.forEach(({ products, moves, removes }, n) =>
          store.transaction('t', (db) => {
            products.forEach((i) => reprice(db, `p${i}`));
            if (moves !== null) movement(db, `m${n}`, `p${moves}`);
            // a movement of another transaction goes away
            if (removes && n > 0) db.run('DELETE FROM stock_movements WHERE id = ?', `m${n - 1}`);
          }),
        );
        const batchOf = cutAll(store, size);
        const rows = store.read.all<{ txn: number; row_id: string; refers: string | null }>(
          `SELECT txn, row_id, new_values ->> 'product_id' AS refers FROM _change_log WHERE state = 0`,
        );
        expect(new Set(rows.map(({ txn }) => txn)).size).toBe(batchOf.size);
        for (const early of rows) {
          for (const late of rows) {
            if (early.txn >= late.txn || (late.row_id !== early.row_id && late.refers !== early.row_id)) continue;
            expect(batchOf.get(early.txn)).toBeLessThanOrEqual(batchOf.get(late.txn) ?? -1);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** Cuts until nothing is left; answers the number of the batch of each local transaction. */
function cutAll(store: Store, size: number): Map<number, number> {
  const batchOf = new Map<number, number>();
  for (;;) {
    const cut = store.apply(null, (db): OutboxBatch | undefined =>
      cutBatch(db, { operations: size, bytes: 1_000_000, now: 0, shapes: createShapes(store), onTheWay: [] }),
    );
    if (!cut) return batchOf;
    expect(cut.txns.toSorted((a, b) => a - b)).toEqual(cut.txns);
    cut.txns.forEach((txn) => batchOf.set(txn, cut.batch));
  }
}
