import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import { listConflicts } from './conflict-view.ts';
import { createProduct, updateProduct } from './products.ts';
import { resolveConflict } from './resolve-conflict.ts';
import { undoResolution } from './undo-conflict.ts';
import { here, value } from './testing.ts';

const conflictId = '0198c0de-0000-7000-8000-0000000000c1';
let store: Store;
let cleanup: () => void;
let productId: string;
beforeEach(() => {
  ({ store, cleanup } = testStore({ identity: here, now: () => 5000 }));
  const input = { sku: 'K', name: 'Kape', category: 'coffee', unit: 'pc', price: 850, cost: 500 };
  productId = value(createProduct(store, input)).id;
  openConflict(conflictId, [{ column: 'price', base: 800, incoming: 900, kept: 850 }]);
});
afterEach(() => cleanup());

function openConflict(id: string, fields: unknown, openedAt = 4000) {
  store.apply(null, (db) =>
    db.run(
      `INSERT INTO conflicts (id, scope, table_name, row_id, fields, incoming_device, incoming_actor, incoming_at, kept_actor, opened_at,
         status) VALUES (?, 'chain', 'products', ?, ?, ?, 'operator', 3000, 'studio', ?, 'open')`,
      id,
      productId,
      JSON.stringify(fields),
      here.deviceId,
      openedAt,
    ),
  );
}
const price = () => store.read.get<{ price: number }>('SELECT price FROM products WHERE id = ?', productId)?.price;
const list = (status: 'open' | 'resolved' = 'open') => value(listConflicts(store.read, { status, limit: 50 }));
const newest = () =>
  store.read.all<{ txn: number; table_name: string }>(
    'SELECT txn, table_name FROM _change_log WHERE txn = (SELECT max(txn) FROM _change_log) ORDER BY seq',
  );

describe('the list of conflicts', () => {
  it('shows both sides and the record', () => {
    const { items, total } = list();
    expect(total).toBe(1);
    expect(items[0]).toMatchObject({
      title: 'Kape',
      incoming: { deviceName: 'Counter 2', isThisDevice: true, actor: 'operator', at: 3000 },
      kept: { deviceName: 'Head office', isThisDevice: false, actor: 'studio', at: null },
      fields: [{ column: 'price', base: 800, incoming: 900, kept: 850 }],
      record: { id: productId, price: 850 },
      resolution: null,
    });
  });

  it('pages, newest first, and survives text it does not understand', () => {
    for (let index = 0; index < 4; index += 1) openConflict(`c-${index}`, 'of a newer version', 4000 + (index % 2));
    const first = value(listConflicts(store.read, { status: 'open', limit: 3 }));
    const second = value(listConflicts(store.read, { status: 'open', limit: 3, cursor: first.next ?? '' }));
    const ids = [...first.items, ...second.items].map((item) => item.id);
    expect(ids).toEqual(['c-3', 'c-1', 'c-2', 'c-0', conflictId]);
    expect(second.next).toBeNull();
  });
});

describe('resolving', () => {
  it('writes the choice and closes the conflict in one local transaction', () => {
    expect(resolveConflict(store, { id: conflictId, values: { price: 875 }, seen: { price: 850 } }).ok).toBe(true);
    expect(price()).toBe(875);
    expect(newest().map((row) => row.table_name)).toEqual(['products', 'conflicts']);
    expect(list().total).toBe(0);
    expect(list('resolved').items[0]).toMatchObject({
      status: 'resolved',
      resolution: { values: { price: 875 }, by: 'operator', deviceName: 'Counter 2', at: 5000 },
    });
    const row = store.read.get<{ resolution: string }>('SELECT resolution FROM conflicts');
    expect(JSON.parse(row?.resolution ?? '')).toEqual({ values: { price: 875 }, before: { price: 850 } });
  });

  it('answers moved-on when the record is not as it was shown, and writes nothing', () => {
    updateProduct(store, { id: productId, changes: { price: 860 } });
    const answer = resolveConflict(store, { id: conflictId, values: { price: 875 }, seen: { price: 850 } });
    expect(answer).toMatchObject({ error: { code: 'moved-on', detail: 'price' } });
    expect(resolveConflict(store, { id: conflictId, values: { price: 875 }, seen: {} })).toMatchObject({
      error: { code: 'moved-on' },
    });
    expect([price(), list().total]).toEqual([860, 1]);
  });

  it('refuses what does not belong there', () => {
    const resolve = (values: Record<string, string | number | null>) =>
      resolveConflict(store, { id: conflictId, values, seen: { price: 850 } });
    for (const values of [{ price: '875' }, { price: null }, { price: 8.5 }, { name: 'x' }, { id: 'x' }]) {
      expect(resolve(values as Record<string, string>)).toMatchObject({ error: { code: 'bad-input' } });
    }
    expect(resolveConflict(store, { id: 'none', values: {}, seen: {} })).toMatchObject({
      error: { code: 'not-found' },
    });
    expect(price()).toBe(850);
  });

  it('closes the conflict of a record that was deleted', () => {
    store.transaction('operator', (db) => db.run('DELETE FROM products WHERE id = ?', productId));
    expect(list().items[0]?.record).toBeNull();
    expect(resolveConflict(store, { id: conflictId, values: {}, seen: {} }).ok).toBe(true);
    expect(list().total).toBe(0);
  });
});

describe('undoing a resolution', () => {
  it('puts back what was there and opens it again', () => {
    value(resolveConflict(store, { id: conflictId, values: { price: 900 }, seen: { price: 850 } }));
    expect(undoResolution(store, { id: conflictId }).ok).toBe(true);
    expect([price(), list().total]).toEqual([850, 1]);
    expect(list().items[0]?.resolution).toBeNull();
    expect(undoResolution(store, { id: conflictId })).toMatchObject({ error: { code: 'moved-on' } });
  });

  it('does not overwrite what somebody did since', () => {
    value(resolveConflict(store, { id: conflictId, values: { price: 900 }, seen: { price: 850 } }));
    updateProduct(store, { id: productId, changes: { price: 910 } });
    expect(undoResolution(store, { id: conflictId })).toMatchObject({ error: { code: 'moved-on', detail: 'price' } });
    expect(price()).toBe(910);
  });

  it('only opens what a rule had decided', () => {
    const resolution = JSON.stringify({ values: { price: 850 } });
    store.apply(null, (db) => db.run(`UPDATE conflicts SET status = 'resolved', resolution = ?`, resolution));
    expect(undoResolution(store, { id: conflictId }).ok).toBe(true);
    expect([price(), list().total]).toEqual([850, 1]);
  });
});
