import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import { createCustomer } from './customers.ts';
import { createProduct, updateProduct } from './products.ts';
import { getQueueItem, listQueue, queueSql } from './queue-view.ts';
import { recordSale } from './sales.ts';
import { recordStockMove } from './stock.ts';
import { here, value } from './testing.ts';

let store: Store;
let cleanup: () => void;
beforeEach(() => ({ store, cleanup } = testStore({ identity: here })));
afterEach(() => cleanup());

function product(name: string): string {
  return value(createProduct(store, { sku: name, name, category: 'coffee', unit: 'pc', price: 800, cost: 500 })).id;
}
function sell(productId: string, count = 1) {
  const items = Array.from({ length: count }, () => ({ productId, qty: 1000 }));
  return value(recordSale(store, { items, payment: 'cash', customerId: null }));
}
const list = (filter: 'all' | 'waiting' | 'stuck' | 'discarded' = 'all', limit = 50) =>
  value(listQueue(store.read, { filter, limit }));
function setState(txn: number, state: number) {
  store.apply(null, (db) => db.run('UPDATE _change_log SET state = ? WHERE txn = ?', state, txn));
}

describe('the queue', () => {
  it('names each local transaction in the words of the shop', () => {
    const coffee = product('Kape');
    updateProduct(store, { id: coffee, changes: { price: 850 } });
    createCustomer(store, { name: 'Aling Rosa', phone: null });
    recordStockMove(store, { productId: coffee, kind: 'delivery', qty: 5000, note: null });
    sell(coffee, 3);
    const { items, total, next } = list();
    expect(items.map((item) => item.title)).toEqual([
      'Sale 2-000001, 3 lines',
      'Delivery of Kape',
      'Aling Rosa',
      'Kape',
      'Kape',
    ]);
    expect(items[0]).toMatchObject({
      table: 'transactions',
      op: 'I',
      operations: 10,
      actor: 'operator',
      state: 'saved',
    });
    expect(items[3]?.changes).toEqual([{ column: 'price', before: 800, after: 850 }]);
    expect({ total, next }).toEqual({ total: 5, next: null });
  });

  it('shows a deleted record by what it was', () => {
    const soap = product('Sabon');
    store.transaction('operator', (db) => db.run('DELETE FROM products WHERE id = ?', soap));
    expect(list().items[0]).toMatchObject({ title: 'Sabon', op: 'D' });
  });

  it('names a sale that was taken back by what it was', () => {
    sell(product('Kape'), 2);
    const txn = list().items[0]?.txn ?? 0;
    setState(txn, 5);
    store.apply(null, (db) => {
      db.run('DELETE FROM transaction_items');
      db.run('DELETE FROM transactions');
    });
    expect(list('discarded').items.map((item) => item.title)).toEqual(['Sale 2-000001, 2 lines']);
  });

  it('filters by state, leaves what the cloud confirmed, and gives the reason', () => {
    const coffee = product('Kape');
    const sales = Array.from({ length: 5 }, () => sell(coffee));
    const txns = list('all', 5).items.map((item) => item.txn);
    const [refused, held, discarded, confirmed, sending] = txns as [number, number, number, number, number];
    setState(refused, 3);
    setState(held, 2);
    setState(discarded, 5);
    setState(confirmed, 4);
    store.apply(null, (db) => {
      db.run(
        `INSERT INTO _outbox (batch, hash, payload, operations, txns, created_at) VALUES (1, '', '', 1, ?, 1)`,
        JSON.stringify([sending]),
      );
      db.run(`INSERT INTO _dead_letters (txn, code, reason, at) VALUES (?, 'fk', 'The product is gone.', 1)`, refused);
    });
    expect(getQueueItem(store.read, { txn: confirmed })).toMatchObject({ error: { code: 'not-found' } });
    expect(sales).toHaveLength(5);
    expect(list('stuck').items.map(({ txn, state, reason }) => ({ txn, state, reason }))).toEqual([
      { txn: refused, state: 'refused', reason: 'The product is gone.' },
      { txn: held, state: 'held', reason: null },
    ]);
    expect(list('discarded').items.map((item) => [item.txn, item.state])).toEqual([[discarded, 'discarded']]);
    expect(list('waiting').items.map((item) => item.state)).toEqual(['sending', 'saved']);
    expect(list('all').total).toBe(4);
  });

  it('pages without repeating or leaving out', () => {
    const coffee = product('Kape');
    for (let index = 0; index < 6; index += 1) sell(coffee);
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = value(listQueue(store.read, { filter: 'all', limit: 3, ...(cursor ? { cursor } : {}) }));
      seen.push(...page.items.map((item) => item.txn));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen).toEqual(list().items.map((item) => item.txn));
    expect(new Set(seen).size).toBe(7);
    expect(listQueue(store.read, { filter: 'all', limit: 3, cursor: 'x' })).toMatchObject({
      error: { code: 'bad-input' },
    });
  });

  it('opens one with every operation before and after', () => {
    const coffee = product('Kape');
    sell(coffee);
    const [newest] = list().items;
    const detail = value(getQueueItem(store.read, { txn: newest?.txn ?? 0 }));
    expect(detail.operations.map((operation) => operation.title)).toEqual([
      'Sale 2-000001, 1 line',
      'Kape in sale 2-000001',
      'Sale of Kape',
      'Stock of Kape',
    ]);
    expect(detail.operations[3]?.fields).toContainEqual({ column: 'qty', before: null, after: -1000 });
    expect(getQueueItem(store.read, { txn: 99_999 })).toMatchObject({ error: { code: 'not-found' } });
  });
});

describe('at 100,000 waiting operations', () => {
  it('finds and counts by index alone', () => {
    const planned = (sql: string) =>
      store.read
        .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql.replace('?', '9').replace('?', '9')}`)
        .map((row) => row.detail);
    for (const filter of ['all', 'waiting', 'stuck', 'discarded'] as const) {
      const { page, count } = queueSql(filter);
      for (const step of [...planned(page), ...planned(count)]) {
        expect(step).toMatch(/USING (COVERING )?INDEX _change_log_/);
      }
    }
  });
});
