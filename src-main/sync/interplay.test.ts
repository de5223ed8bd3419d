import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { readMeta } from '#main/store/meta.ts';
import { takeVersions } from './row-versions.ts';
import { newStore } from './testing/cloud-rows.ts';
import { testPc, type TestPc } from './testing/pc.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';

let cloud: TestCloud;
const pcs: TestPc[] = [];
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(() => Promise.all(pcs.splice(0).map((pc) => pc.stop())));
afterAll(() => cloud.stop());

const provision = () => createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });

async function open(storeId: string): Promise<TestPc> {
  const pc = await testPc(cloud, await provision().createEnrolmentCode(storeId), { intervalMs: 60_000 });
  pcs.push(pc);
  await pc.settle(30);
  return pc;
}

describe('where every byte costs', () => {
  it('a scope is read from nothing although changes wait for another network', async () => {
    const pc = await open(await newStore(cloud));
    const { store } = pc;
    const product = insert(store, 'products', {});
    await pc.settle();
    pc.daemon.setEconomy({ mode: 'on', upBytesPerSecond: null, downBytesPerSecond: null });
    // only a new daemon has surely forgotten that an operator wanted everything to travel
    await pc.restart();
    set(store, 'products', product, { price: 900 });
    const epoch = readMeta(store.read, 'cloud_epoch');
    await cloud.sql('select raise_epoch()');
    pc.daemon.wake('network');
    await vi.waitFor(() => {
      expect(readMeta(store.read, 'cloud_epoch')).not.toBe(epoch);
      expect(store.read.all('SELECT scope FROM _bootstraps')).toEqual([]);
      expect(store.read.all('SELECT scope FROM _cursors')).toHaveLength(2);
    }, 20_000);
    expect(store.read.all('SELECT state FROM _change_log WHERE state < 4')).toEqual([{ state: 0 }]);
    expect(row(store, 'products', product)).toMatchObject({ price: 900 });
  });
});

describe('a scope that leaves', () => {
  it('takes along what was kept of it for a later version of the app', async () => {
    const [mine, theirs] = [await newStore(cloud), await newStore(cloud)];
    const pc = await open(mine);
    const kept = () =>
      pc.store.read
        .all<{ table_name: string }>('SELECT table_name FROM _deferred ORDER BY 1')
        .map((each) => each.table_name);
    await cloud.sql('alter table customers add column badge text');
    await cloud.sql(
      `select sync.register_table(name, scope_rule, direction, policies) from sync.tables where name = 'customers'`,
    );
    await cloud.sql('create table visits (id uuid primary key, store_id uuid not null, note text)');
    await cloud.sql(`select sync.register_table('visits', 'store', 'both', '{}')`);
    await cloud.sql(
      `insert into customers (id, store_id, name, credit_limit, badge) values (gen_random_uuid(), $1, 'A', 0, 'gold')`,
      [theirs],
    );
    await cloud.sql(`insert into visits (id, store_id) values (gen_random_uuid(), $1), (gen_random_uuid(), $2)`, [
      theirs,
      mine,
    ]);
    await cloud.sql('select grant_scopes($1, $2)', [readIdentity(pc.store.read)?.deviceId, [`store:${theirs}`]]);
    expect(await pc.daemon.chooseScopes([`store:${theirs}`], {})).toMatchObject({ ok: true });
    await pc.settle(30);
    expect(kept()).toEqual(['customers', 'visits', 'visits']);
    expect(await pc.daemon.chooseScopes([], {})).toMatchObject({ ok: true });
    await pc.settle(30);
    expect(pc.store.read.all('SELECT scope FROM _leaving')).toEqual([]);
    expect(kept()).toEqual(['visits']);
  });
});

describe('a table that the cloud gave up while a scope is being read', () => {
  it('does not keep the scope from being read', async () => {
    const storeId = await newStore(cloud);
    const pc = await open(storeId);
    const scope = `store:${storeId}`;
    pc.store.apply(null, (db) => {
      db.run('DELETE FROM _cursors WHERE scope = ?', scope);
      db.run(
        `INSERT INTO _bootstraps (scope, reason, position, stamp, tables, rows_total) VALUES (?, 'new', 0, 0, '["given_up","devices"]', 1)`,
        scope,
      );
    });
    await pc.settle(20);
    expect(pc.store.read.all('SELECT scope FROM _bootstraps')).toEqual([]);
    expect(pc.store.read.all('SELECT scope FROM _cursors')).toHaveLength(2);
  });
});

describe('a deletion that is known for days', () => {
  it('stays known when the feed tells it, or something older, once more', async () => {
    const pc = await open(await newStore(cloud));
    const id = pc.store.newId();
    const state = () =>
      pc.store.read.get<{ deleted: number }>('SELECT deleted FROM _row_state WHERE row_id = ?', id)?.deleted;
    pc.store.apply(null, (db) =>
      db.run(`INSERT INTO _row_state (table_name, row_id, version, deleted) VALUES ('products', ?, 4, 7)`, id),
    );
    pc.store.apply(null, (db) =>
      expect(
        takeVersions(db, [
          { table: 'products', id, version: 3, deleted: false },
          { table: 'products', id, version: 4, deleted: true },
        ]),
      ).toEqual([false, false]),
    );
    expect(state()).toBe(7);
    pc.store.apply(null, (db) => takeVersions(db, [{ table: 'products', id, version: 5, deleted: false }]));
    expect(state()).toBe(0);
  });
});

describe('a record that a person brings back', () => {
  it('comes back although this PC never knew it, or knows no more that it was deleted', async () => {
    const storeId = await newStore(cloud);
    const [a, b] = [await open(storeId), await open(storeId)];
    const id = insert(a.store, 'products', { name: 'Suka' });
    for (const pc of [a, b, a]) await pc.settle();
    b.daemon.pause(null, 'test');
    a.store.transaction('clerk', (db) => db.run('DELETE FROM products WHERE id = ?', id));
    await a.settle();
    set(b.store, 'products', id, { price: 900 });
    b.daemon.resume();
    await b.settle();
    // read from nothing, where deleted records are not told
    const late = await open(storeId);
    type Conflict = { id: string; status: string; image: string };
    const conflicts = (pc: TestPc) =>
      pc.store.read.all<Conflict>('SELECT id, status, image FROM conflicts WHERE row_id = ? ORDER BY opened_at', id);
    const [conflict] = conflicts(late);
    expect(conflict?.status).toBe('open');
    const image = JSON.parse(conflict?.image ?? '{}') as Record<string, string | number | null>;
    late.store.transaction('clerk', (db) => {
      const names = Object.keys(image);
      db.run(
        `INSERT INTO products (id, ${names.join(', ')}) VALUES (?${', ?'.repeat(names.length)})`,
        id,
        ...Object.values({ ...image, price: 900 }),
      );
      db.run(`UPDATE conflicts SET status = 'resolved', resolved_by = 'clerk' WHERE id = ?`, conflict?.id ?? '');
    });
    for (const pc of [late, a, b]) {
      await pc.settle();
      expect(row(pc.store, 'products', id)).toMatchObject({ name: 'Suka', price: 900 });
      expect(conflicts(pc).map(({ status }) => status)).toEqual(['resolved']);
    }
    // somebody who does not decide about it is asked as before
    a.store.transaction('clerk', (db) => db.run('DELETE FROM products WHERE id = ?', id));
    await a.settle();
    const never = await open(storeId);
    insert(never.store, 'products', { id, name: 'Suka' });
    await never.settle();
    expect(row(never.store, 'products', id)).toBeUndefined();
    expect(conflicts(never).map(({ status }) => status)).toEqual(['resolved', 'open']);
  });
});

describe('a value that the database cannot take in', () => {
  it('is refused, and everything else goes on', async () => {
    const pc = await open(await newStore(cloud));
    const { store } = pc;
    const customer = insert(store, 'customers', { tags: '['.repeat(40_000) });
    const sale = insertSale(store, insert(store, 'products', {}));
    await pc.settle(20);
    expect(await cloud.sql('select 1 from transactions where id = $1', [sale])).toHaveLength(1);
    expect(store.read.all('SELECT row_id, state FROM _change_log WHERE state < 4')).toEqual([
      { row_id: customer, state: 3 },
    ]);
  });
});
