import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { readNotices } from './notices.ts';
import { backUpCloud } from './testing/cloud-rows.ts';
import { killedPc, type TestPc } from './testing/pc.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';

let cloud: TestCloud;
const { pcs, open, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

const qty = async (level: string) =>
  (await cloud.sql<{ qty: number }>('select qty::int from stock_levels where id = $1', [level]))[0]?.qty;
const salesOf = async (product: string) => {
  const rows = await cloud.sql<{ id: string }>(
    'select transaction_id as id from transaction_items where product_id = $1 order by id',
    [product],
  );
  return rows.map(({ id }) => id).toSorted();
};
const device = (pc: TestPc) => readIdentity(pc.store.read)?.deviceId;
const notices = (pc: TestPc) => readNotices(pc.store.read, Date.now());
const letters = (pc: TestPc) => pc.store.read.all('SELECT code FROM _dead_letters');
const provision = () => createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });

/** A shop with a product, a hundred of them, and a first PC whose daemon rests. */
async function stocked(options: Parameters<typeof open>[1] = {}, count = 1): Promise<[TestPc, string, string]> {
  const [pc] = (await open(count, options)) as [TestPc];
  const product = insert(pc.store, 'products', {});
  const level = insert(pc.store, 'stock_levels', { product_id: product, qty: 100 });
  await pc.settle();
  pc.daemon.pause(null, 'test');
  return [pc, product, level];
}

/** Sells one: the sale and the stock are two local transactions, so that each is checked on its own. */
function sell({ store }: TestPc, product: string, level: string): string {
  store.transaction('clerk', (db) => db.run('UPDATE stock_levels SET qty = qty - 1 WHERE id = ?', level));
  return insertSale(store, product);
}

/** The PC's disk as it is now, for later. */
function copyOf(pc: TestPc, options: Parameters<typeof killedPc>[2] = {}): TestPc {
  const copy = killedPc(cloud, pc, options);
  pcs.push(copy);
  return copy;
}

async function startAgain(pc: TestPc): Promise<void> {
  await pc.restart();
  pc.daemon.resume();
}

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
    const before = device(backup);
    await startAgain(backup);
    await backup.settle();
    expect(await salesOf(product)).toEqual([known, after, news].toSorted());
    expect(await qty(level)).toBe(97);
    expect(row(backup.store, 'stock_levels', level)?.qty).toBe(97);
    for (const sale of [known, after, news]) expect(row(backup.store, 'transactions', sale)).toBeDefined();
    expect(device(backup)).not.toBe(before);
    expect(
      await cloud.sql('select name, forked_from from devices p join sync.devices d using (id) where id = $1', [
        device(backup),
      ]),
    ).toEqual([{ name: 'Counter 1 (2)', forked_from: before }]);
    expect(notices(backup)).toEqual([
      'The data on this PC was a copy of “Counter 1”, or an older backup of it. It goes on as “Counter 1 (2)”; what the cloud had already is not sent again.',
    ]);
    expect(letters(backup)).toEqual([]);
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
    const before = device(backup);
    await startAgain(backup);
    await backup.settle();
    expect(device(backup)).not.toBe(before);
    // what the old identity had sent itself comes back
    expect(row(backup.store, 'stock_levels', level)?.qty).toBe(99);
    await expectEqual();
  });

  it('stays who it is when the backup is as new as the cloud', async () => {
    const [a, product, level] = await stocked();
    const backup = copyOf(a);
    await a.stop();
    pcs.splice(pcs.indexOf(a), 1);
    const before = device(backup);
    sell(backup, product, level);
    await startAgain(backup);
    await backup.settle();
    expect(device(backup)).toBe(before);
    expect(notices(backup)).toEqual([]);
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
    expect(await cloud.sql('select 1 from sync.devices where forked_from = $1', [device(a)])).toHaveLength(1);
    expect(await qty(level)).toBe(98);
    await allSettle();
    await expectEqual();
  });

  it('is not taken over when it was shut out', async () => {
    const [a, product, level] = await stocked();
    const backup = copyOf(a);
    a.daemon.resume();
    sell(a, product, level);
    await a.settle();
    await provision().revokeDevice(device(a) ?? '');
    const before = device(backup);
    await startAgain(backup);
    await expect.poll(() => backup.daemon.status().failure?.code).toBe('revoked');
    expect(device(backup)).toBe(before);
    expect(await cloud.sql('select 1 from sync.devices where forked_from = $1', [before])).toEqual([]);
  });

  it('leaves to a person what the cloud has forgotten about', async () => {
    const [a, product, level] = await stocked();
    const old = sell(a, product, level);
    const backup = copyOf(a);
    a.daemon.resume();
    await a.settle();
    // retention took away what the PC had sent, and later it goes on
    await cloud.sql('delete from sync.accepted where device_id = $1', [device(a)]);
    await cloud.sql(`update sync.limits set keys_since = now()`);
    const fresh = sell(backup, product, level);
    await startAgain(backup);
    await backup.settle();
    expect(letters(backup)).toEqual([{ code: 'forgotten' }, { code: 'forgotten' }, { code: 'held' }]);
    expect(await salesOf(product)).toEqual([old, fresh].toSorted());
    expect(await qty(level)).toBe(99);
  });

  it('has what was stuck there confirmed, when the other disk got it through', async () => {
    const [a, product] = await stocked();
    const missing = crypto.randomUUID();
    const sale = insertSale(a.store, missing);
    a.daemon.resume();
    await a.settle();
    expect(letters(a)).toEqual([{ code: '23503' }]);
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
    expect(letters(backup)).toEqual([]);
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
      expect(device(b) === device(a)).toBe(batchSize === 4);
      // the first comes back with what it still has of the same, and with more
      const later = sell(a, product, level);
      await a.restart();
      await a.settle(20);
      await allSettle(3);
      expect(await salesOf(product)).toEqual([...shared, own, later].toSorted());
      expect(await qty(level)).toBe(88);
      expect(device(b)).not.toBe(device(a));
      for (const pc of [a, b]) {
        expect(letters(pc)).toEqual([]);
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
    expect(new Set([a, ...copies].map(device)).size).toBe(3);
    await expectEqual();
  });
});

describe('a PC that is enrolled again', () => {
  it('counts nothing twice while the answers to two batches are lost, and sends what was refused once more', async () => {
    const [a, product, level] = await stocked({ batchSize: 4 });
    const sales = Array.from({ length: 4 }, () => sell(a, product, level));
    const refused = insertSale(a.store, crypto.randomUUID());
    const lost = cloud.faults.add({ match: { path: 'sync_push' }, do: 'drop-after' });
    a.daemon.resume();
    await expect.poll(() => lost.hits()).toBeGreaterThan(1);
    const storeId = readIdentity(a.store.read)?.storeId ?? '';
    const code = await provision().createEnrolmentCode(storeId);
    const enrolled = a.daemon.enrol(code, 'Again');
    lost.remove();
    expect((await enrolled).ok).toBe(true);
    sales.push(sell(a, product, level));
    await a.settle();
    expect(await salesOf(product)).toEqual(sales.toSorted());
    expect(await qty(level)).toBe(95);
    expect(letters(a)).toEqual([{ code: '23503' }]);
    expect(row(a.store, 'transactions', refused)).toBeDefined();
    a.store.transaction('clerk', (db) => db.run('DELETE FROM transactions WHERE id = ?', refused));
  });
});

describe('a cloud that was set back', () => {
  for (const how of ['sends', 'receives', 'is told of it'] as const) {
    it(`gets again what it lost, exactly once, when the PC ${how}`, async () => {
      const [a, product, level] = await stocked({ batchSize: 3 }, 2);
      const b = pcs[1] as TestPc;
      const customer = insert(a.store, 'customers', { name: 'before' });
      const gone = insert(a.store, 'customers', { name: 'gone' });
      a.daemon.resume();
      await allSettle();
      const restore = await backUpCloud(cloud);
      const sales = [sell(a, product, level), sell(a, product, level)];
      set(a.store, 'customers', customer, { name: 'after' });
      a.store.transaction('clerk', (db) => db.run('DELETE FROM customers WHERE id = ?', gone));
      await allSettle();
      expect(await qty(level)).toBe(98);
      a.daemon.pause(null, 'test');
      if (how === 'sends') sales.push(sell(a, product, level));
      await restore();
      expect(await qty(level)).toBe(100);
      if (how === 'is told of it') await cloud.sql('select public.raise_epoch()');
      a.daemon.resume();
      await a.settle(20);
      sales.push(sell(a, product, level));
      await allSettle(3);
      expect(await salesOf(product)).toEqual(sales.toSorted());
      expect(await qty(level)).toBe(100 - sales.length);
      expect(row(a.store, 'stock_levels', level)?.qty).toBe(100 - sales.length);
      expect(await cloud.sql('select name from customers where id = any($1)', [[customer, gone]])).toEqual([
        { name: 'after' },
      ]);
      expect(notices(a)).toHaveLength(1);
      expect(letters(a)).toEqual([]);
      expect(notices(b)).toEqual([]);
      await expectEqual();
    });
  }

  it('gets nothing twice from copies of a disk that it does not know any more', async () => {
    const [a, product, level] = await stocked({ intervalMs: 60_000 });
    const restore = await backUpCloud(cloud);
    const shared = [sell(a, product, level), sell(a, product, level)];
    const b = copyOf(a, { intervalMs: 60_000 });
    a.daemon.resume();
    await a.settle();
    const own = sell(b, product, level);
    await startAgain(b);
    await b.settle();
    expect(device(b)).not.toBe(device(a));
    a.daemon.pause(null, 'test');
    b.daemon.pause(null, 'test');
    await restore();
    // the copy is unknown now, and is enrolled again; the first is who it was
    const storeId = readIdentity(b.store.read)?.storeId ?? '';
    expect((await b.daemon.enrol(await provision().createEnrolmentCode(storeId), 'Copy')).ok).toBe(true);
    b.daemon.resume();
    await b.settle(20);
    a.daemon.resume();
    await allSettle(3);
    expect(await salesOf(product)).toEqual([...shared, own].toSorted());
    expect(await qty(level)).toBe(97);
    await expectEqual();
  });

  it('gets again also what a PC had sent that it no longer knows', async () => {
    const [, product, level] = await stocked();
    const [old] = pcs as [TestPc];
    const restore = await backUpCloud(cloud);
    const storeId = readIdentity(old.store.read)?.storeId ?? '';
    // this PC is enrolled, sends, is enrolled again, sends: the cloud loses all of it
    old.daemon.resume();
    const sales = [sell(old, product, level)];
    await old.settle();
    for (const name of ['Again', 'And again']) {
      expect((await old.daemon.enrol(await provision().createEnrolmentCode(storeId), name)).ok).toBe(true);
      sales.push(sell(old, product, level));
      await old.settle();
    }
    old.daemon.pause(null, 'test');
    await restore();
    expect((await old.daemon.enrol(await provision().createEnrolmentCode(storeId), 'Back')).ok).toBe(true);
    old.daemon.resume();
    await old.settle(20);
    expect(await salesOf(product)).toEqual(sales.toSorted());
    expect(await qty(level)).toBe(97);
    await expectEqual();
  });
});
