import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { backUpCloud, fillStore, pruneFeed } from './testing/cloud-rows.ts';
import { killedPc, type TestPc } from './testing/pc.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';

let cloud: TestCloud;
const { open, allSettle, expectEqual, close } = createTestShop(() => cloud);
const copies: TestPc[] = [];
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(async () => {
  await Promise.all(copies.splice(0).map((pc) => pc.stop()));
  await close();
});
afterAll(() => cloud.stop());

const storeOf = (pc: TestPc) => readIdentity(pc.store.read)?.storeId ?? '';
const remove = (pc: TestPc, table: string, id: string) =>
  pc.store.transaction('clerk', (db) => db.run(`DELETE FROM ${table} WHERE id = ?`, id));
const customer = (id: string) => cloud.sql<Record<string, unknown>>('select * from customers where id = $1', [id]);
const reasons = (pc: TestPc) => pc.store.read.all<{ reason: string }>('SELECT DISTINCT reason FROM _bootstraps');
/** The reasons for which scopes were read from nothing, in the order in which they were begun. */
function watchReasons(pc: TestPc): Set<string> {
  const seen = new Set<string>();
  pc.store.onChange(() => reasons(pc).forEach(({ reason }) => seen.add(reason)));
  return seen;
}

describe('a PC whose position the feed no longer has', () => {
  it('keeps every kind of unsent work and rebases it on what the cloud has now', async () => {
    const [a, b] = (await open(2, { intervalMs: 60_000 })) as [TestPc, TestPc];
    const product = insert(a.store, 'products', {});
    const ids = { edited: '', stale: '', gone: '', goneUntouched: '', dropped: '', droppedGone: '', touched: '' };
    for (const name of Object.keys(ids) as (keyof typeof ids)[]) ids[name] = insert(a.store, 'customers', { name });
    const level = insert(a.store, 'stock_levels', { product_id: product, qty: 10_000 });
    await allSettle();
    const seen = watchReasons(b);
    b.daemon.pause(null, 'test');
    // what the others do meanwhile
    set(a.store, 'customers', ids.edited, { phone: '0917' });
    set(a.store, 'customers', ids.stale, { phone: '0918' });
    set(a.store, 'stock_levels', level, { qty: 7000 });
    for (const id of [ids.goneUntouched, ids.droppedGone]) remove(a, 'customers', id);
    const news = insert(a.store, 'customers', { name: 'new' });
    await a.settle();
    for (const scope of ['chain', `store:${storeOf(a)}`]) await pruneFeed(cloud, scope);
    // what this PC does, without knowing
    set(b.store, 'customers', ids.edited, { name: 'edited here' });
    set(b.store, 'stock_levels', level, { qty: 9500 });
    set(b.store, 'stock_levels', level, { qty: 9000 });
    remove(b, 'customers', ids.dropped);
    const mine = insert(b.store, 'customers', { name: 'mine' });
    const sale = insertSale(b.store, product);
    b.daemon.resume();
    await b.settle(20);
    await allSettle();
    expect([...seen]).toEqual(['horizon']);
    for (const pc of [a, b]) {
      expect(row(pc.store, 'customers', ids.edited)).toMatchObject({ name: 'edited here', phone: '0917' });
      expect(row(pc.store, 'customers', ids.stale)).toMatchObject({ phone: '0918' });
      expect(row(pc.store, 'stock_levels', level)?.qty).toBe(6000);
      for (const id of [ids.goneUntouched, ids.dropped, ids.droppedGone]) {
        expect(row(pc.store, 'customers', id)).toBeUndefined();
      }
      for (const id of [mine, news]) expect(row(pc.store, 'customers', id)).toBeDefined();
      expect(row(pc.store, 'transactions', sale)).toBeDefined();
    }
    await expectEqual();
  });

  it('keeps what was refused, on top of the cloud it finds', async () => {
    const [a, b] = (await open(2, { intervalMs: 60_000 })) as [TestPc, TestPc];
    const [changed, gone] = [insert(a.store, 'customers', { name: 'old' }), insert(a.store, 'customers', {})];
    await allSettle();
    // the cloud takes no such value, so both stay with this PC until a person decides
    set(b.store, 'customers', changed, { credit_limit: -5 });
    set(b.store, 'customers', gone, { credit_limit: -6 });
    await b.settle();
    b.daemon.pause(null, 'test');
    set(a.store, 'customers', changed, { name: 'new' });
    remove(a, 'customers', gone);
    await a.settle();
    await pruneFeed(cloud, `store:${storeOf(a)}`);
    b.daemon.resume();
    await b.settle(20);
    expect(row(b.store, 'customers', changed)).toMatchObject({ name: 'new', credit_limit: -5 });
    expect(row(b.store, 'customers', gone)).toBeUndefined();
    expect(b.store.read.all('SELECT state FROM _change_log WHERE state < 4')).toEqual([{ state: 3 }, { state: 3 }]);
    expect(b.store.read.all('SELECT image FROM _shadow WHERE row_id = ?', gone)).toEqual([{ image: null }]);
  });
});

describe('a store from before cursors had marks', () => {
  it('goes on at its position and gets the mark', async () => {
    const [pc] = (await open(1, { intervalMs: 60_000 })) as [TestPc];
    await fillStore(cloud, storeOf(pc), 20);
    await pc.settle();
    const marks = () => pc.store.read.all('SELECT scope, position, stamp FROM _cursors ORDER BY scope');
    const before = marks();
    const seen = watchReasons(pc);
    pc.store.apply(null, (db) => {
      db.run('UPDATE _cursors SET stamp = NULL');
      db.run(`DELETE FROM _meta WHERE key IN ('cloud_epoch', 'scopes')`);
    });
    await pc.restart();
    await pc.settle();
    expect(marks()).toEqual(before);
    expect(before).toMatchObject([{ stamp: expect.any(Number) as number }, { stamp: expect.any(Number) as number }]);
    await fillStore(cloud, storeOf(pc), 20);
    await pc.settle();
    expect([...seen]).toEqual([]);
    await expectEqual();
  });
});

describe('a cloud that was set back to an earlier state', () => {
  it('is noticed by the mark, though the feed has gone on to the same position', async () => {
    const [a, b] = (await open(2, { intervalMs: 60_000 })) as [TestPc, TestPc];
    const [kept, both] = [
      insert(a.store, 'customers', { name: 'kept' }),
      insert(a.store, 'customers', { name: 'both' }),
    ];
    await allSettle();
    const restore = await backUpCloud(cloud);
    // this is lost with the cloud, and was seen by both PCs
    const lost = crypto.randomUUID();
    await cloud.sql(`insert into customers (id, store_id, name, credit_limit) values ($1, $2, 'lost', 0)`, [
      lost,
      storeOf(a),
    ]);
    await cloud.sql(`update customers set phone = 'lost' where id = $1`, [kept]);
    await allSettle();
    expect(row(b.store, 'customers', lost)).toBeDefined();
    const seen = watchReasons(b);
    b.daemon.pause(null, 'test');
    set(b.store, 'customers', both, { name: 'both, from b' });
    await restore();
    // the same number of transactions, so that positions say nothing
    const other = crypto.randomUUID();
    await cloud.sql(`insert into customers (id, store_id, name, credit_limit) values ($1, $2, 'other', 0)`, [
      other,
      storeOf(a),
    ]);
    await cloud.sql(`update customers set address = 'office' where id = $1`, [both]);
    b.daemon.resume();
    await b.settle(20);
    await allSettle();
    expect([...seen]).toEqual(['rewound']);
    for (const pc of [a, b]) {
      expect(row(pc.store, 'customers', lost)).toBeUndefined();
      expect(row(pc.store, 'customers', kept)).toMatchObject({ name: 'kept', phone: null });
      expect(row(pc.store, 'customers', other)).toMatchObject({ name: 'other' });
      expect(row(pc.store, 'customers', both)).toMatchObject({ name: 'both, from b', address: 'office' });
    }
    await expectEqual();
  });

  it('takes nothing that is based on what it lost, though the versions are the same again', async () => {
    const [pc] = (await open(1, { intervalMs: 60_000 })) as [TestPc];
    const id = insert(pc.store, 'customers', { name: 'before' });
    await pc.settle();
    const restore = await backUpCloud(cloud);
    await cloud.sql(`update customers set name = 'lost' where id = $1`, [id]);
    await pc.settle();
    pc.daemon.pause(null, 'test');
    set(pc.store, 'customers', id, { name: 'mine' });
    await restore();
    await cloud.sql(`update customers set name = 'office' where id = $1`, [id]);
    pc.daemon.resume();
    await pc.settle(20);
    await pc.settle();
    expect(await customer(id)).toMatchObject([{ name: 'office' }]);
    const [conflict] = pc.store.read.all<{ fields: string }>('SELECT fields FROM conflicts WHERE row_id = ?', id);
    expect(JSON.parse(conflict?.fields ?? '[]')).toMatchObject([{ column: 'name', incoming: 'mine', kept: 'office' }]);
    await expectEqual();
  });

  it('is noticed when it is behind, and a kill in between changes nothing', async () => {
    const [pc] = (await open(1, { intervalMs: 60_000 })) as [TestPc];
    await fillStore(cloud, storeOf(pc), 1200);
    await pc.settle();
    const restore = await backUpCloud(cloud);
    await cloud.sql(`update transactions set void_reason = 'lost' where store_id = $1`, [storeOf(pc)]);
    await pc.settle();
    const edited = pc.store.read.get<{ id: string }>('SELECT min(id) AS id FROM transactions')?.id ?? '';
    pc.daemon.pause(null, 'test');
    await restore();
    const moments = new Set<string>();
    pc.store.onChange(() => {
      const state = JSON.stringify(pc.store.read.all('SELECT scope, tables, after FROM _bootstraps'));
      if (state === '[]' || moments.has(state)) return;
      moments.add(state);
      copies.push(killedPc(cloud, pc, { intervalMs: 60_000 }));
    });
    pc.daemon.resume();
    await pc.settle(20);
    await pc.daemon.stop();
    expect(copies.length).toBeGreaterThan(5);
    for (const copy of copies) {
      copy.daemon.start();
      await copy.settle(20);
      expect(copy.store.read.get(`SELECT 1 FROM transactions WHERE void_reason = 'lost'`)).toBeUndefined();
      expect(await copy.daemon.verify()).toMatchObject({ ok: true, value: { equal: true, reason: null } });
      await copy.daemon.stop();
    }
    const [last] = copies;
    last?.daemon.start();
    if (last) set(last.store, 'transactions', edited, { void_reason: 'again' });
    await last?.settle(20);
    expect(await cloud.sql('select void_reason from transactions where id = $1', [edited])).toEqual([
      { void_reason: 'again' },
    ]);
  });
});

describe('an epoch that an operator raised', () => {
  it('makes every PC read everything anew, once, and merge what it has not sent', async () => {
    const [a, b] = (await open(2, { intervalMs: 60_000 })) as [TestPc, TestPc];
    const id = insert(a.store, 'customers', { name: 'before', phone: '1' });
    await allSettle();
    const seen = watchReasons(b);
    a.daemon.pause(null, 'test');
    set(a.store, 'customers', id, { name: 'after' });
    await createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey }).raiseEpoch();
    // a version that says nothing about who knew what
    await cloud.sql(`update customers set phone = '2' where id = $1`, [id]);
    a.daemon.resume();
    await allSettle();
    expect([...seen]).toEqual(['epoch']);
    for (const pc of [a, b]) expect(row(pc.store, 'customers', id)).toMatchObject({ name: 'after', phone: '2' });
    seen.clear();
    await allSettle();
    expect([...seen]).toEqual([]);
    expect(await customer(id)).toHaveLength(1);
    await expectEqual();
  });
});
