import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { becomeDevice } from './identities.ts';
import { createKeyPair } from './transport/key-pair.ts';
import { insertSale, row } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';
import { createStock, deviceOf, lettersOf, noticesOf, sell, startAgain } from './testing/stock.ts';

let cloud: TestCloud;
const shop = createTestShop(() => cloud);
const { pcs, allSettle, expectEqual, close } = shop;
const { stocked, qty, salesOf, copyOf } = createStock(() => cloud, shop);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

describe('a disk that was set back', () => {
  it('goes on as a PC of its own and sends only what the cloud does not have', async () => {
    const [a, product, level] = await stocked();
    const known = sell(a, product, level);
    const backup = copyOf(a);
    a.daemon.resume();
    await a.settle();
    const after = sell(a, product, level);
    await a.settle();
    await a.stop();
    pcs.splice(pcs.indexOf(a), 1);
    // the shop opens with the old disk and sells before there is a network
    const news = sell(backup, product, level);
    const before = deviceOf(backup);
    await startAgain(backup);
    await backup.settle();
    expect(await salesOf(product)).toEqual([known, after, news].toSorted());
    expect(await qty(level)).toBe(97);
    expect(row(backup.store, 'stock_levels', level)?.qty).toBe(97);
    for (const sale of [known, after, news]) expect(row(backup.store, 'transactions', sale)).toBeDefined();
    expect(deviceOf(backup)).not.toBe(before);
    expect(
      await cloud.sql('select name, forked_from from devices p join sync.devices d using (id) where id = $1', [
        deviceOf(backup),
      ]),
    ).toEqual([{ name: 'Counter 1 (2)', forked_from: before }]);
    expect(noticesOf(backup)).toEqual([
      'The data on this PC was a copy of “Counter 1”, or an older backup of it. It goes on as “Counter 1 (2)”; what the cloud had already is not sent again.',
    ]);
    expect(lettersOf(backup)).toEqual([]);
    // and it goes on like any other
    sell(backup, product, level);
    await backup.settle();
    expect(await qty(level)).toBe(96);
    await expectEqual();
  });

  it('is noticed when it receives, with nothing to send', async () => {
    const [a, product, level] = await stocked();
    const backup = copyOf(a);
    sell(a, product, level);
    a.daemon.resume();
    await a.settle();
    await a.stop();
    pcs.splice(pcs.indexOf(a), 1);
    const before = deviceOf(backup);
    await startAgain(backup);
    await backup.settle();
    expect(deviceOf(backup)).not.toBe(before);
    // what the old identity had sent itself comes back
    expect(row(backup.store, 'stock_levels', level)?.qty).toBe(99);
    await expectEqual();
  });

  it('stays who it is when the backup is as new as the cloud', async () => {
    const [a, product, level] = await stocked();
    const backup = copyOf(a);
    await a.stop();
    pcs.splice(pcs.indexOf(a), 1);
    const before = deviceOf(backup);
    sell(backup, product, level);
    await startAgain(backup);
    await backup.settle();
    expect(deviceOf(backup)).toBe(before);
    expect(noticesOf(backup)).toEqual([]);
    await expectEqual();
  });

  it('gets one new identity, however often the answers on the way to it are lost', async () => {
    const [a, product, level] = await stocked();
    const backup = copyOf(a);
    sell(a, product, level);
    a.daemon.resume();
    await a.settle();
    sell(backup, product, level);
    for (const path of ['sync_fork', 'sync_last_batches', 'sync_known', 'sync_push']) {
      cloud.faults.add({ match: { path }, do: 'drop-after', times: 2 });
    }
    await startAgain(backup);
    await backup.settle(30);
    expect(await cloud.sql('select 1 from sync.devices where forked_from = $1', [deviceOf(a)])).toHaveLength(1);
    expect(await qty(level)).toBe(98);
    await allSettle();
    await expectEqual();
  });

  it('says nothing of it to an operator who paused in the middle of noticing', async () => {
    const [a, product, level] = await stocked();
    await cloud.sql('update sync.cloud set epoch = epoch + 1');
    sell(a, product, level);
    const fault = cloud.faults.add({ match: { path: '/rpc/sync_' }, do: 'delay', ms: 200 });
    a.daemon.resume();
    await vi.waitFor(() => expect(fault.hits()).toBeGreaterThan(0), 10_000);
    a.daemon.pause(null, 'test');
    await vi.waitFor(
      () => expect(a.store.read.get(`SELECT 1 FROM _sync_runs WHERE outcome = 'running'`)).toBeUndefined(),
      10_000,
    );
    expect(a.daemon.status().failure).toBeNull();
    fault.remove();
    a.daemon.resume();
    await a.settle();
    expect(await qty(level)).toBe(99);
    await expectEqual();
  });

  it('begins once more with what it was in the middle of reading', async () => {
    const [{ store }] = await stocked();
    const { deviceId = '', storeId = '' } = readIdentity(store.read) ?? {};
    const scopes = ['chain', `store:${storeId}`];
    store.apply(null, (db) => {
      db.run('DELETE FROM _cursors');
      for (const scope of scopes)
        db.run(`INSERT INTO _bootstraps (scope, reason, position, stamp, tables) VALUES (?, 'new', 1, 1, '[]')`, scope);
      const enrolment = { deviceId: `${deviceId.slice(0, -4)}0000`, deviceName: 'C', storeId, storeName: 'S' };
      becomeDevice(db, { ...enrolment, counter: 2, epoch: 1 }, createKeyPair().privateKey);
    });
    // the page after the last one would be of a moment before the former device's own sales
    expect(store.read.all('SELECT scope, position, tables FROM _bootstraps ORDER BY scope')).toEqual(
      scopes.map((scope) => ({ scope, position: null, tables: null })),
    );
  });

  it('is not taken over when it was shut out', async () => {
    const [a, product, level] = await stocked();
    const backup = copyOf(a);
    a.daemon.resume();
    sell(a, product, level);
    await a.settle();
    await createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey }).revokeDevice(deviceOf(a) ?? '');
    const before = deviceOf(backup);
    await startAgain(backup);
    await expect.poll(() => backup.daemon.status().failure?.code).toBe('revoked');
    expect(deviceOf(backup)).toBe(before);
    expect(await cloud.sql('select 1 from sync.devices where forked_from = $1', [before])).toEqual([]);
  });

  it('leaves to a person what the cloud has forgotten about', async () => {
    const [a, product, level] = await stocked();
    const old = sell(a, product, level);
    const backup = copyOf(a);
    a.daemon.resume();
    await a.settle();
    // retention took away what the PC had sent, and later it goes on
    await cloud.sql('delete from sync.accepted where device_id = $1', [deviceOf(a)]);
    const clock = backup.store.read.get<{ hlc: number }>('SELECT max(hlc) AS hlc FROM _change_log')?.hlc ?? 0;
    await cloud.sql('update sync.limits set keys_since = to_timestamp($1 / 1000000.0)', [clock + 100]);
    const fresh = sell(backup, product, level);
    await startAgain(backup);
    await backup.settle();
    expect(lettersOf(backup)).toEqual([{ code: 'forgotten' }, { code: 'forgotten' }, { code: 'held' }]);
    expect(await salesOf(product)).toEqual([old, fresh].toSorted());
    expect(await qty(level)).toBe(99);
  });

  it('has what was stuck there confirmed, when the other disk got it through', async () => {
    const [a, product] = await stocked();
    const missing = crypto.randomUUID();
    const sale = insertSale(a.store, missing);
    a.daemon.resume();
    await a.settle();
    expect(lettersOf(a)).toEqual([{ code: '23503' }]);
    const backup = copyOf(a);
    await cloud.sql(
      `insert into products (id, sku, name, category, unit, price, cost, active) values ($1, 'S', 'P', 'c', 'pc', 1, 1, true)`,
      [missing],
    );
    a.store.apply(null, (db) => db.run('UPDATE _change_log SET state = 0 WHERE state = 3'));
    await a.settle();
    expect(await salesOf(missing)).toHaveLength(1);
    await startAgain(backup);
    await backup.settle();
    expect(lettersOf(backup)).toEqual([]);
    expect(row(backup.store, 'transactions', sale)).toBeDefined();
    expect(await salesOf(product)).toEqual([]);
    await expectEqual();
  });
});

describe('two disks that are copies of each other', () => {
  for (const batchSize of [4, 6]) {
    it(`never both send what waited when they were copied, the second in batches of ${batchSize}`, async () => {
      const [a, product, level] = await stocked({ batchSize: 4, intervalMs: 60_000 });
      const shared = Array.from({ length: 10 }, () => sell(a, product, level));
      const b = copyOf(a, { batchSize, intervalMs: 60_000 });
      // the first one sends a batch and loses the network
      const lost = cloud.faults.add({ match: { path: 'sync_push' }, do: 'status', status: 503, skip: 2 });
      a.daemon.resume();
      await expect.poll(() => a.daemon.status().failure?.code).toBe('cloud-busy');
      expect((await salesOf(product)).length).toBeGreaterThan(0);
      await a.daemon.stop();
      lost.remove();
      // the other one finds out, and sends the rest
      const own = sell(b, product, level);
      await startAgain(b);
      await b.settle(20);
      // the same batches again are the same; other ones are a fork
      expect(deviceOf(b) === deviceOf(a)).toBe(batchSize === 4);
      // the first comes back with what it still has of the same, and with more
      const later = sell(a, product, level);
      await a.restart();
      await a.settle(20);
      await allSettle(3);
      expect(await salesOf(product)).toEqual([...shared, own, later].toSorted());
      expect(await qty(level)).toBe(88);
      expect(deviceOf(b)).not.toBe(deviceOf(a));
      for (const pc of [a, b]) {
        expect(lettersOf(pc)).toEqual([]);
        expect(row(pc.store, 'stock_levels', level)?.qty).toBe(88);
      }
      await expectEqual();
    });
  }

  it('go on side by side, a third one too', async () => {
    const [a, product, level] = await stocked();
    const shared = [sell(a, product, level), sell(a, product, level)];
    const copies = [copyOf(a), copyOf(a)];
    const sales = [...shared];
    for (const pc of [a, ...copies]) {
      sales.push(sell(pc, product, level));
      await startAgain(pc);
    }
    await allSettle(3);
    for (const pc of [a, ...copies]) sales.push(sell(pc, product, level));
    await allSettle(3);
    expect(await salesOf(product)).toEqual(sales.toSorted());
    expect(await qty(level)).toBe(92);
    expect(new Set([a, ...copies].map(deviceOf)).size).toBe(3);
    await expectEqual();
  });
});
