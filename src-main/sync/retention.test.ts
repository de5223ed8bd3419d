import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '#main/store/types.ts';
import { testStore } from '#main/store/testing.ts';
import { isDue, removeOld } from './retention.ts';
import { insert, set } from './testing/rows.ts';
import { createUpkeep } from './upkeep.ts';

const day = 86_400_000;
const start = 1_790_000_000_000;
const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

function storeWithClock(): { store: Store; time: { now: number } } {
  const time = { now: start };
  const { store, cleanup } = testStore({ now: () => time.now });
  cleanups.push(cleanup);
  return { store, time };
}
const steps = { yieldNow: () => Promise.resolve(), stopping: () => false };
const tidy = (store: Store, now = store.now()) => removeOld({ store, ...steps }, now);
const confirmAll = (store: Store) =>
  store.apply(null, (db) => db.run('UPDATE _change_log SET state = 4 WHERE state = 0'));
const seqs = (store: Store) =>
  store.read.all<{ seq: number }>('SELECT seq FROM _change_log ORDER BY seq').map(({ seq }) => seq);

describe('retention', () => {
  it('removes confirmed operations after 60 days, but never open ones nor the newest', async () => {
    const { store, time } = storeWithClock();
    const product = insert(store, 'products', {});
    confirmAll(store);
    set(store, 'products', product, { price: 900 });
    time.now += 30 * day;
    for (let i = 0; i < 3; i += 1) set(store, 'products', product, { price: 1000 + i });
    store.apply(null, (db) => db.run('UPDATE _change_log SET state = 4 WHERE seq > 2'));
    time.now += 31 * day;
    expect(await tidy(store)).toMatchObject({ operations: 1 });
    expect(seqs(store)).toEqual([2, 3, 4, 5]);
    time.now += 100 * day;
    expect(await tidy(store)).toMatchObject({ operations: 2 });
    expect(seqs(store)).toEqual([2, 5]);
    // its number is not given again
    set(store, 'products', product, { price: 5 });
    expect(seqs(store)).toEqual([2, 5, 6]);
  });

  it('keeps all of a transaction while one operation of it is open', async () => {
    const { store, time } = storeWithClock();
    store.transaction('clerk', (db) => {
      for (const id of ['a', 'b'])
        db.run(
          `INSERT INTO products (id, sku, name, category, unit, price, cost, active) VALUES (?, 's', 'n', 'c', 'u', 1, 1, 1)`,
          id,
        );
    });
    insert(store, 'products', {});
    store.apply(null, (db) => db.run('UPDATE _change_log SET state = 4 WHERE seq <> 2'));
    time.now += 90 * day;
    expect(await tidy(store)).toMatchObject({ operations: 0 });
    expect(seqs(store)).toEqual([1, 2, 3]);
  });

  it('lets a discarded transaction be restored for 60 days after it was discarded', async () => {
    const { store, time } = storeWithClock();
    insert(store, 'products', {});
    insert(store, 'products', {});
    store.apply(null, (db) => {
      db.run('UPDATE _change_log SET state = 5 WHERE seq = 1');
      db.run(`INSERT INTO _dead_letters (txn, code, reason, at) VALUES (1, '23514', 'no', ?)`, start + 50 * day);
    });
    time.now += 100 * day;
    expect(await tidy(store)).toMatchObject({ operations: 0, letters: 0 });
    time.now += 20 * day;
    expect(await tidy(store)).toMatchObject({ operations: 1, letters: 1 });
  });

  it('is not misled by a clock that showed another year for a while', async () => {
    const { store, time } = storeWithClock();
    const product = insert(store, 'products', {});
    time.now = start + 900 * day;
    set(store, 'products', product, { price: 1 });
    time.now = start + 2 * day;
    set(store, 'products', product, { price: 2 });
    time.now = start + 50 * day;
    set(store, 'products', product, { price: 3 });
    confirmAll(store);
    expect(await tidy(store, start + 61 * day)).toMatchObject({ operations: 1 });
    expect(seqs(store)).toEqual([2, 3, 4]);
    expect(await tidy(store, start + 63 * day)).toMatchObject({ operations: 2 });
    expect(seqs(store)).toEqual([4]);
  });

  it('forgets deletions after 21 runs, not those under changes that wait', async () => {
    const { store } = storeWithClock();
    const waiting = insert(store, 'products', {});
    store.apply(null, (db) => {
      const note = `INSERT INTO _row_state (table_name, row_id, version, deleted) VALUES ('products', ?, 2, ?)`;
      db.run(note, 'gone', 1);
      db.run(note, 'here', 0);
      db.run(note, waiting, 1);
    });
    for (let run = 1; run <= 20; run += 1) expect(await tidy(store)).toMatchObject({ tombstones: 0 });
    expect(await tidy(store)).toMatchObject({ tombstones: 1 });
    expect(
      store.read.all<{ row_id: string }>('SELECT row_id FROM _row_state ORDER BY row_id').map((row) => row.row_id),
    ).toEqual([waiting, 'here'].toSorted());
  });

  it('goes on later when it is interrupted', async () => {
    const { store, time } = storeWithClock();
    store.transactions(
      'clerk',
      Array.from({ length: 1200 }, (_, i) => (db) => {
        db.run(
          `INSERT INTO products (id, sku, name, category, unit, price, cost, active) VALUES (?, 's', 'n', 'c', 'u', 1, 1, 1)`,
          `p${i}`,
        );
      }),
    );
    confirmAll(store);
    time.now += 61 * day;
    let turns = 0;
    await removeOld({ store, yieldNow: () => Promise.resolve(), stopping: () => (turns += 1) > 1 }, time.now);
    const left = seqs(store).length;
    expect(left).toBeLessThan(1200);
    expect(left).toBeGreaterThan(1);
    expect(isDue(store.read, time.now)).toBe(true);
    await tidy(store);
    expect(seqs(store)).toHaveLength(1);
    expect(isDue(store.read, time.now)).toBe(false);
    expect(isDue(store.read, time.now + day)).toBe(true);
  });
});

describe('upkeep', () => {
  it('waits for a quiet moment and for the cloud to say what time it is, and then works once a day', async () => {
    const { store, time } = storeWithClock();
    insert(store, 'products', {});
    insert(store, 'products', {});
    confirmAll(store);
    const steady = { now: 0 };
    const seen: string[] = [];
    const upkeep = createUpkeep({
      store,
      clock: () => steady.now,
      yieldNow: () => Promise.resolve(),
      log: { info: (text) => void seen.push(text), error: (text) => void seen.push(text) },
    });
    // this PC's clock is two years ahead
    time.now = start + 730 * day;
    steady.now = 120_000;
    upkeep.idle();
    upkeep.heard(start + 1000);
    upkeep.busy();
    upkeep.idle();
    steady.now += 61_000;
    upkeep.idle();
    upkeep.idle();
    await upkeep.stop();
    expect(seen).toEqual(['upkeep']);
    expect(seqs(store)).toEqual([1, 2]);
  });
});
