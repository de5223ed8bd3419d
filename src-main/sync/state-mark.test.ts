import { afterEach, expect, it } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import { stateMark } from './state-mark.ts';

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

function pc(deviceId: string): Store {
  const identity = { deviceId, deviceName: deviceId, storeId: 's', storeName: 'S', counter: 1 };
  const { store, cleanup } = testStore({ identity });
  cleanups.push(cleanup);
  moveTo(store, 7);
  return store;
}
function moveTo(store: Store, position: number): void {
  store.apply(null, (db) =>
    db.run(
      `INSERT INTO _cursors (scope, position, stamp) VALUES ('store:s', ?, 1) ON CONFLICT (scope) DO UPDATE SET position = excluded.position`,
      position,
    ),
  );
}
function sell(store: Store): void {
  store.transaction('test', (db) =>
    db.run(`INSERT INTO stock_levels (id, store_id, product_id, qty) VALUES (?, 's', 'p', 1)`, store.newId()),
  );
}
const confirm = (store: Store) => store.apply(null, (db) => db.run('UPDATE _change_log SET state = 4'));

it('is the same for PCs that have the same of the feed, and nothing else', () => {
  const [a, b] = [pc('a'), pc('b')];
  expect(stateMark(a.read)).toBe(stateMark(b.read));
  moveTo(a, 8);
  expect(stateMark(a.read)).not.toBe(stateMark(b.read));
  moveTo(b, 8);
  expect(stateMark(a.read)).toBe(stateMark(b.read));
});

it('is its own while something is not confirmed, and another one with each change', () => {
  const [a, b] = [pc('a'), pc('b')];
  sell(a);
  const first = stateMark(a.read);
  expect(first).not.toBe(stateMark(b.read));
  sell(b);
  expect(first).not.toBe(stateMark(b.read));
  sell(a);
  expect(stateMark(a.read)).not.toBe(first);
  for (const store of [a, b]) {
    confirm(store);
    moveTo(store, 10);
  }
  expect(stateMark(a.read)).toBe(stateMark(b.read));
});

it('is its own while a scope is being read or given up', () => {
  const [a, b] = [pc('a'), pc('b')];
  a.apply(null, (db) => db.run(`INSERT INTO _bootstraps (scope, reason, rows_done) VALUES ('store:t', 'new', 5)`));
  expect(stateMark(a.read)).not.toBe(stateMark(b.read));
  a.apply(null, (db) => db.run('DELETE FROM _bootstraps'));
  expect(stateMark(a.read)).toBe(stateMark(b.read));
  b.apply(null, (db) => db.run(`INSERT INTO _leaving (scope) VALUES ('store:t')`));
  expect(stateMark(a.read)).not.toBe(stateMark(b.read));
});
