import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { discardTxn, restoreTxn, retryTxn } from './dead-letters.ts';
import { readIdentity } from '#main/store/identity.ts';
import { readNotices } from './notices.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';
import type { TestPc } from './testing/pc.ts';

let cloud: TestCloud;
const { open, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

describe('trouble on the way', () => {
  it('has one effect when the answer is lost after the commit', async () => {
    const [a] = (await open(1)) as [TestPc];
    const lost = cloud.faults.add({ match: { path: 'sync_push' }, do: 'drop-after', times: 2 });
    const level = insert(a.store, 'stock_levels', { product_id: insert(a.store, 'products', {}), qty: 10 });
    set(a.store, 'stock_levels', level, { qty: 7 });
    await a.settle();
    expect(lost.hits()).toBe(2);
    expect(await cloud.sql('select qty::int from stock_levels where id = $1', [level])).toEqual([{ qty: 7 }]);
    await expectEqual();
  });

  it('takes a login page, a broken answer and an overloaded cloud for what they are', async () => {
    const [a] = (await open(1)) as [TestPc];
    const seen = new Set<string>();
    a.daemon.onStatus(() => {
      const code = a.daemon.status().failure?.code;
      if (code) seen.add(code);
    });
    for (const [fault, code] of [
      [{ do: 'html' }, 'cloud-rude'],
      [{ do: 'status', status: 503, body: { message: 'busy' } }, 'cloud-busy'],
      [{ do: 'truncate', bytes: 20 }, 'offline'],
    ] as const) {
      cloud.faults.set([{ match: { path: 'rpc' }, ...fault, times: 1 }]);
      const id = insert(a.store, 'customers', {});
      a.daemon.wake('operator');
      await a.settle();
      expect([...seen]).toContain(code);
      expect(await cloud.sql('select 1 from customers where id = $1', [id])).toHaveLength(1);
    }
  });

  it('stops at once when the PC is revoked, and keeps what it has', async () => {
    const [a] = (await open(1)) as [TestPc];
    const device = JSON.parse(
      a.store.read.get<{ value: string }>(`SELECT value FROM _meta WHERE key = 'identity'`)?.value ?? '',
    ).deviceId;
    await cloud.sql('select public.revoke_device($1)', [device]);
    const id = insert(a.store, 'customers', {});
    a.daemon.wake('operator');
    await expect.poll(() => a.daemon.status().failure?.code).toBe('revoked');
    expect(await cloud.sql('select 1 from customers where id = $1', [id])).toEqual([]);
    expect(row(a.store, 'customers', id)).toBeDefined();
  });

  it('goes on as another PC when its disk is a copy, instead of doubling its sales', async () => {
    const [a] = (await open(1)) as [TestPc];
    const level = insert(a.store, 'stock_levels', { product_id: insert(a.store, 'products', {}), qty: 10 });
    await a.settle();
    set(a.store, 'stock_levels', level, { qty: 9 });
    await a.settle();
    const before = readIdentity(a.store.read);
    a.daemon.pause(null, 'test');
    // the disk goes back to before the last batch, whose operations waited then
    a.store.apply(null, (db) => {
      db.run(`UPDATE _meta SET value = value - 1 WHERE key = 'last_batch'`);
      db.run('UPDATE _change_log SET state = 0, batch = NULL WHERE txn = (SELECT max(txn) FROM _change_log)');
    });
    set(a.store, 'stock_levels', level, { qty: 7 });
    a.daemon.resume();
    await a.settle();
    expect(readIdentity(a.store.read)?.deviceId).not.toBe(before?.deviceId);
    expect(await cloud.sql('select qty::int from stock_levels where id = $1', [level])).toEqual([{ qty: 7 }]);
    expect(readNotices(a.store.read, Date.now())).toHaveLength(1);
    await expectEqual();
  });
});

describe('two batches on their way', () => {
  /** Changes of different rows, so that each is a batch of its own and may follow the other at once. */
  async function many(fault: Parameters<TestCloud['faults']['set']>[0]): Promise<{ pc: TestPc; ids: string[] }> {
    const [pc] = (await open(1, { batchSize: 1 })) as [TestPc];
    pc.daemon.pause(null, 'test');
    const ids = Array.from({ length: 6 }, () => insert(pc.store, 'customers', {}));
    cloud.faults.set(fault);
    pc.daemon.resume();
    await pc.settle();
    return { pc, ids };
  }
  const found = (ids: string[]) => cloud.sql('select 1 from customers where id = any($1)', [ids]);

  it('arrive in order also when the second overtakes the first', async () => {
    const { pc, ids } = await many([{ match: { path: 'sync_push' }, do: 'delay', ms: 300, times: 1 }]);
    expect(await found(ids)).toHaveLength(6);
    expect(pc.store.read.get('SELECT 1 FROM _dead_letters')).toBeUndefined();
    await expectEqual();
  });

  it('have one effect each when the first answer is lost and the second is not', async () => {
    const { ids } = await many([{ match: { path: 'sync_push' }, do: 'drop-after', times: 1 }]);
    expect(await found(ids)).toHaveLength(6);
    expect(await cloud.sql('select 1 from sync.row_state where row_id = any($1) and ver > 1', [ids])).toEqual([]);
    await expectEqual();
  });

  it('let the second through when the first is taken apart', async () => {
    const [pc] = (await open(1, { batchSize: 2 })) as [TestPc];
    const bad = insert(pc.store, 'products', {});
    await pc.settle();
    pc.daemon.pause(null, 'test');
    set(pc.store, 'products', bad, { price: -1 });
    const ids = Array.from({ length: 5 }, () => insert(pc.store, 'customers', {}));
    set(pc.store, 'products', bad, { name: 'After' });
    pc.daemon.resume();
    await pc.settle();
    expect(await found(ids)).toHaveLength(5);
    expect(pc.store.read.all('SELECT code FROM _dead_letters ORDER BY txn')).toEqual([
      { code: '23514' },
      { code: 'held' },
    ]);
  });
});

describe('refusals', () => {
  it('puts a refused transaction aside, holds what touches the same row, lets the rest flow', async () => {
    const [a] = (await open(1)) as [TestPc];
    const bad = insert(a.store, 'products', {});
    const good = insert(a.store, 'products', {});
    await a.settle();
    await cloud.setOffline(true);
    set(a.store, 'products', bad, { price: -5 });
    set(a.store, 'products', bad, { name: 'Behind' });
    set(a.store, 'products', good, { price: 999 });
    await cloud.setOffline(false);
    await a.settle();
    const stuck = a.store.read.all<{ txn: number; code: string; reason: string; state: number }>(
      'SELECT d.txn, d.code, d.reason, c.state FROM _dead_letters d JOIN _change_log c ON c.txn = d.txn ORDER BY d.txn',
    );
    expect(stuck).toMatchObject([
      { code: '23514', reason: 'A value is not allowed there: products price not negative.', state: 3 },
      { code: 'held', state: 2 },
    ]);
    expect(
      await cloud.sql('select name, price::int from products where id = any($1) order by price', [[bad, good]]),
    ).toEqual([
      { name: 'Kape Uno', price: 800 },
      { name: 'Kape Uno', price: 999 },
    ]);
    // it stays visible here, is refused again on retry, and follows the cloud when discarded
    expect(row(a.store, 'products', bad)).toMatchObject({ price: -5, name: 'Behind' });
    const txn = stuck[0]?.txn ?? 0;
    expect(retryTxn(a.store, txn).ok).toBe(true);
    await a.settle();
    expect(a.store.read.get('SELECT attempts FROM _dead_letters WHERE txn = ?', txn)).toEqual({ attempts: 2 });
    expect(discardTxn(a.store, txn).ok).toBe(true);
    expect(row(a.store, 'products', bad)).toMatchObject({ price: 800, name: 'Behind' });
    await a.settle();
    expect(await cloud.sql('select name, price::int from products where id = $1', [bad])).toEqual([
      { name: 'Behind', price: 800 },
    ]);
    await expectEqual();
    expect(restoreTxn(a.store, txn).ok).toBe(true);
    expect(row(a.store, 'products', bad)).toMatchObject({ price: -5, name: 'Behind' });
    expect(discardTxn(a.store, txn).ok).toBe(true);
    expect(row(a.store, 'products', bad)).toMatchObject({ price: 800, name: 'Behind' });
  });

  it('refuses a sale as a whole when one line refers to nothing', async () => {
    const [a] = (await open(1)) as [TestPc];
    const sale = insertSale(a.store, a.store.newId());
    await a.settle();
    expect(await cloud.sql('select 1 from transactions where id = $1', [sale])).toEqual([]);
    expect(a.store.read.get('SELECT code FROM _dead_letters')).toEqual({ code: '23503' });
  });

  it('does not let a PC write into another store', async () => {
    const [a] = (await open(1)) as [TestPc];
    const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
    const other = await provision.createStore({
      code: crypto.randomUUID(),
      name: 'Other',
      region: '',
      province: '',
      city: '',
      barangay: '',
    });
    const id = insert(a.store, 'customers', { store_id: other });
    await a.settle();
    expect(await cloud.sql('select 1 from customers where id = $1', [id])).toEqual([]);
    expect(a.store.read.get('SELECT code FROM _dead_letters')).toEqual({ code: '42501' });
  });
});
