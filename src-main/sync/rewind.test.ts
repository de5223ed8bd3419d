import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { backUpCloud } from './testing/cloud-rows.ts';
import type { TestPc } from './testing/pc.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';
import { createStock, deviceOf, lettersOf, noticesOf, sell, startAgain } from './testing/stock.ts';

let cloud: TestCloud;
const shop = createTestShop(() => cloud);
const { pcs, allSettle, expectEqual, close } = shop;
const { stocked, qty, salesOf, copyOf, codeFor } = createStock(() => cloud, shop);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

describe('a PC that is enrolled again', () => {
  it('counts nothing twice while the answers to two batches are lost, and sends what was refused once more', async () => {
    const [a, product, level] = await stocked({ batchSize: 4 });
    const sales = Array.from({ length: 4 }, () => sell(a, product, level));
    const refused = insertSale(a.store, crypto.randomUUID());
    const lost = cloud.faults.add({ match: { path: 'sync_push' }, do: 'drop-after' });
    a.daemon.resume();
    await expect.poll(() => lost.hits()).toBeGreaterThan(1);
    const code = await codeFor(a);
    const enrolled = a.daemon.enrol(code, 'Again');
    lost.remove();
    expect((await enrolled).ok).toBe(true);
    sales.push(sell(a, product, level));
    await a.settle();
    expect(await salesOf(product)).toEqual(sales.toSorted());
    expect(await qty(level)).toBe(95);
    expect(lettersOf(a)).toEqual([{ code: '23503' }]);
    expect(row(a.store, 'transactions', refused)).toBeDefined();
    a.store.transaction('clerk', (db) => db.run('DELETE FROM transactions WHERE id = ?', refused));
  });
});

describe('a PC that was enrolled again by the version before', () => {
  it('settles what that had left open', async () => {
    const [a, product, level] = await stocked();
    const sales = [sell(a, product, level)];
    const lost = cloud.faults.add({ match: { path: 'sync_push' }, do: 'drop-after' });
    a.daemon.resume();
    await expect.poll(() => lost.hits()).toBeGreaterThan(0);
    a.daemon.pause(null, 'test');
    lost.remove();
    const before = deviceOf(a);
    expect((await a.daemon.enrol(await codeFor(a), 'Again')).ok).toBe(true);
    // that wrote down the device alone
    a.store.apply(null, (db) =>
      db.run(`UPDATE _meta SET value = ? WHERE key = 'previous_device'`, JSON.stringify(before)),
    );
    sales.push(sell(a, product, level));
    a.daemon.resume();
    await a.settle();
    expect(await salesOf(product)).toEqual(sales.toSorted());
    expect(await qty(level)).toBe(98);
    expect(lettersOf(a)).toEqual([]);
    await expectEqual();
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
      expect(noticesOf(a)).toHaveLength(1);
      expect(lettersOf(a)).toEqual([]);
      expect(noticesOf(b)).toEqual([]);
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
    expect(deviceOf(b)).not.toBe(deviceOf(a));
    a.daemon.pause(null, 'test');
    b.daemon.pause(null, 'test');
    await restore();
    // the copy is unknown now, and is enrolled again; the first is who it was
    expect((await b.daemon.enrol(await codeFor(b), 'Copy')).ok).toBe(true);
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
    // this PC is enrolled, sends, is enrolled again, sends: the cloud loses all of it
    old.daemon.resume();
    const sales = [sell(old, product, level)];
    await old.settle();
    for (const name of ['Again', 'And again']) {
      expect((await old.daemon.enrol(await codeFor(old), name)).ok).toBe(true);
      sales.push(sell(old, product, level));
      await old.settle();
    }
    old.daemon.pause(null, 'test');
    await restore();
    expect((await old.daemon.enrol(await codeFor(old), 'Back')).ok).toBe(true);
    old.daemon.resume();
    await old.settle(20);
    expect(await salesOf(product)).toEqual(sales.toSorted());
    expect(await qty(level)).toBe(97);
    await expectEqual();
  });
});
