import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { scopesReport } from '#shared/contract/schemas.ts';
import { tableNames, tableOf } from '#shared/register.ts';
import { readIdentity } from '#main/store/identity.ts';
import { discardTxn } from './dead-letters.ts';
import { createScopeReport } from './scope-report.ts';
import { fillStore, newStore } from './testing/cloud-rows.ts';
import { testPc, type TestPc } from './testing/pc.ts';
import { insert, row, set } from './testing/rows.ts';
import { readCutoffs } from './windows.ts';

let cloud: TestCloud;
const pcs: TestPc[] = [];
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(async () => {
  await Promise.all(pcs.splice(0).map((pc) => pc.stop()));
  cloud.faults.clear();
});
afterAll(() => cloud.stop());

const provision = () => createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
const deviceOf = (pc: TestPc) => readIdentity(pc.store.read)?.deviceId ?? '';
const ofStore = (pc: TestPc, table: string, store: string) =>
  pc.store.read.get<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE store_id = ?`, store)?.n;
const choose = async (pc: TestPc, scopes: string[], windows: Record<string, number | null> = {}) => {
  expect(await pc.daemon.chooseScopes(scopes, windows)).toEqual({ ok: true, value: null });
  await pc.settle(30);
};
const expectEqual = async (pc: TestPc) =>
  expect(await pc.daemon.verify()).toMatchObject({ ok: true, value: { equal: true, reason: null } });
const report = async (pc: TestPc) => scopesReport.parse(await createScopeReport(pc.store, () => Promise.resolve())());
const scopeOf = async (pc: TestPc, scope: string) => (await report(pc)).scopes.find((each) => each.scope === scope);

async function open(storeId: string, options: Parameters<typeof testPc>[2] = {}): Promise<TestPc> {
  const pc = await testPc(cloud, await provision().createEnrolmentCode(storeId), { intervalMs: 60_000, ...options });
  pcs.push(pc);
  await pc.settle(20);
  return pc;
}

describe('the register of row windows', () => {
  it('is the same in the cloud', async () => {
    const tables = await cloud.sql<{ name: string; row_window: unknown }>(
      'select name, row_window from sync.tables order by id',
    );
    expect(tables.map(({ row_window }) => row_window)).toEqual(tableNames.map((name) => tableOf(name).window ?? null));
  });
});

describe('another store', () => {
  it('comes when it is granted and chosen, with its size and a way back, and no sooner', async () => {
    const [mine, theirs] = [await newStore(cloud), await newStore(cloud)];
    await fillStore(cloud, theirs, 800);
    const pc = await open(mine);
    const scope = `store:${theirs}`;
    expect(await pc.daemon.chooseScopes([scope], {})).toMatchObject({
      ok: false,
      error: { code: 'not-granted', detail: scope },
    });
    await pc.settle();
    expect(ofStore(pc, 'transactions', theirs)).toBe(0);
    await provision().grantScopes(deviceOf(pc), [scope]);
    await pc.settle();
    expect(await scopeOf(pc, scope)).toMatchObject({ chosen: false, state: 'absent', rows: 0 });
    await choose(pc, [scope]);
    expect(ofStore(pc, 'transactions', theirs)).toBe(800);
    expect(await scopeOf(pc, scope)).toMatchObject({
      chosen: true,
      fixed: false,
      state: 'here',
      rows: 1600,
      progress: null,
    });
    expect((await scopeOf(pc, scope))?.bytes).toBeGreaterThan(100_000);
    await fillStore(cloud, theirs, 5);
    await pc.settle();
    expect(ofStore(pc, 'transactions', theirs)).toBe(805);
    await expectEqual(pc);
    await choose(pc, []);
    for (const table of ['transactions', 'transaction_items']) expect(ofStore(pc, table, theirs)).toBe(0);
    expect(pc.store.read.all('SELECT 1 FROM _row_state WHERE table_name = ?', 'transactions')).toEqual([]);
    expect(await scopeOf(pc, scope)).toMatchObject({ chosen: false, state: 'absent' });
    await expectEqual(pc);
    await choose(pc, [scope]);
    expect(ofStore(pc, 'transactions', theirs)).toBe(805);
    await expectEqual(pc);
  });

  it('leaves only after what was done to it is sent, and keeps what a person has to settle', async () => {
    const [mine, theirs] = [await newStore(cloud), await newStore(cloud)];
    const pc = await open(mine);
    const scope = `store:${theirs}`;
    await provision().grantScopes(deviceOf(pc), [scope]);
    await choose(pc, [scope]);
    const sent = insert(pc.store, 'customers', { store_id: theirs, name: 'sent' });
    const stuck = insert(pc.store, 'customers', { store_id: theirs, name: 'stuck', credit_limit: -1 });
    expect(await pc.daemon.chooseScopes([], {})).toMatchObject({ ok: true });
    await pc.settle();
    expect(await cloud.sql('select name from customers where id = $1', [sent])).toEqual([{ name: 'sent' }]);
    expect(row(pc.store, 'customers', sent)).toBeUndefined();
    expect(row(pc.store, 'customers', stuck)).toMatchObject({ name: 'stuck' });
    expect(await scopeOf(pc, scope)).toMatchObject({ state: 'leaving', chosen: false });
    const txn = pc.store.read.get<{ txn: number }>('SELECT txn FROM _change_log WHERE state = 3')?.txn ?? 0;
    expect(discardTxn(pc.store, txn)).toMatchObject({ ok: true });
    await pc.settle();
    expect(row(pc.store, 'customers', stuck)).toBeUndefined();
    expect(await scopeOf(pc, scope)).toMatchObject({ state: 'absent' });
  });

  it('goes at once when the grant is taken back, and nothing of it comes any more', async () => {
    const [mine, theirs] = [await newStore(cloud), await newStore(cloud)];
    await fillStore(cloud, theirs, 20);
    const pc = await open(mine);
    await provision().grantScopes(deviceOf(pc), [`store:${theirs}`]);
    await choose(pc, [`store:${theirs}`]);
    await provision().grantScopes(deviceOf(pc), []);
    await fillStore(cloud, theirs, 20);
    await pc.settle();
    expect(ofStore(pc, 'transactions', theirs)).toBe(0);
    const id = insert(pc.store, 'customers', { store_id: theirs });
    await pc.settle();
    expect(await cloud.sql('select 1 from customers where id = $1', [id])).toEqual([]);
    expect(pc.store.read.all('SELECT code FROM _dead_letters')).toEqual([{ code: '42501' }]);
  });
});

describe('a region', () => {
  it('brings all its stores along, also those that join it later, and lets go of those that leave', async () => {
    const region = `R ${crypto.randomUUID()}`;
    const mine = await newStore(cloud);
    const [first, second, outside] = [
      await newStore(cloud, region),
      await newStore(cloud, region),
      await newStore(cloud, 'Elsewhere'),
    ];
    for (const id of [first, second, outside]) await fillStore(cloud, id, 10);
    const pc = await open(mine);
    await provision().grantScopes(deviceOf(pc), [`region:${region}`]);
    await choose(pc, [`region:${region}`]);
    const sales = () => [first, second, outside].map((id) => ofStore(pc, 'transactions', id));
    expect(sales()).toEqual([10, 10, 0]);
    expect(await scopeOf(pc, `store:${first}`)).toMatchObject({
      chosen: false,
      through: `region:${region}`,
      state: 'here',
    });
    const channel = () =>
      cloud.adminSql<{ channel: string }>(`select channel from sync.scopes where key = 'store:${first}'`);
    const known = await channel();
    await cloud.sql('update stores set region = $1 where id = $2', [region, outside]);
    await cloud.sql('update stores set region = $1 where id = $2', ['Elsewhere', first]);
    // what this PC knows of that store's channel is worth nothing any more
    expect(await channel()).not.toEqual(known);
    await pc.settle(20);
    expect(sales()).toEqual([0, 10, 10]);
    await expectEqual(pc);
    // what it may read it may write
    const id = insert(pc.store, 'customers', { store_id: second });
    await pc.settle();
    expect(await cloud.sql('select 1 from customers where id = $1', [id])).toHaveLength(1);
  });
});

describe('a row window', () => {
  const oldest = (pc: TestPc) =>
    pc.store.read.get<{ at: number }>('SELECT min(started_at) AS at FROM transactions')?.at ?? 0;

  it('lets old sales leave this PC and stay in the cloud, and a wider one brings them back', async () => {
    const storeId = await newStore(cloud);
    // one sale each minute: a little more than four days
    const { sales, product } = await fillStore(cloud, storeId, 6000);
    const pc = await open(storeId);
    expect(ofStore(pc, 'transactions', storeId)).toBe(6000);
    const [voided, edited] = [sales.at(-1) ?? '', sales.at(-2) ?? ''];
    pc.daemon.pause(null, 'test');
    set(pc.store, 'transactions', edited, { total: -5, number: 'kept' });
    pc.daemon.resume();
    // an operation that cannot be sent keeps its sale here
    pc.store.apply(null, (db) => db.run('UPDATE _change_log SET state = 3 WHERE row_id = ?', edited));
    await choose(pc, [], { sales: 2 });
    const { sales: cutoff } = readCutoffs(pc.store.read);
    const inWindow =
      pc.store.read.get<{ n: number }>('SELECT count(*) AS n FROM transactions WHERE started_at >= ?', cutoff ?? 0)
        ?.n ?? 0;
    expect(inWindow).toBeGreaterThanOrEqual(2880);
    expect(ofStore(pc, 'transactions', storeId)).toBe(inWindow + 1);
    expect(ofStore(pc, 'transaction_items', storeId)).toBe(inWindow + 1);
    expect(row(pc.store, 'transactions', edited)).toMatchObject({ number: 'kept' });
    expect(await cloud.sql('select count(*)::integer as n from transactions where store_id = $1', [storeId])).toEqual([
      { n: 6000 },
    ]);
    // an old sale that somebody touches does not stay either
    await cloud.sql(`update transactions set void_reason = 'late' where id = $1`, [voided]);
    await pc.settle();
    expect(row(pc.store, 'transactions', voided)).toBeUndefined();
    pc.store.apply(null, (db) => db.run('UPDATE _change_log SET state = 0 WHERE row_id = ?', edited));
    await pc.settle();
    expect(row(pc.store, 'transactions', edited)).toBeUndefined();
    expect(await cloud.sql('select number from transactions where id = $1', [edited])).toEqual([{ number: 'kept' }]);
    await choose(pc, [], { sales: 3 });
    expect(oldest(pc)).toBeGreaterThanOrEqual(readCutoffs(pc.store.read).sales ?? Infinity);
    expect(ofStore(pc, 'transactions', storeId)).toBeGreaterThan(inWindow + 1000);
    await choose(pc, [], {});
    expect(ofStore(pc, 'transactions', storeId)).toBe(6000);
    expect(ofStore(pc, 'transaction_items', storeId)).toBe(6000);
    expect(row(pc.store, 'transactions', voided)).toMatchObject({ void_reason: 'late' });
    expect(row(pc.store, 'products', product)).toBeDefined();
    await expectEqual(pc);
  });

  it('does not fetch what it leaves out', async () => {
    const [mine, theirs] = [await newStore(cloud), await newStore(cloud)];
    await fillStore(cloud, theirs, 6000);
    const pc = await open(mine);
    await provision().grantScopes(deviceOf(pc), [`store:${theirs}`]);
    await choose(pc, [], { sales: 1 });
    await choose(pc, [`store:${theirs}`], { sales: 1 });
    const pulled = pc.store.read.get<{ n: number }>('SELECT sum(pulled) AS n FROM _sync_runs')?.n ?? 0;
    expect(ofStore(pc, 'transactions', theirs)).toBeGreaterThanOrEqual(1440);
    expect(pulled).toBeLessThan(2 * 2900);
    expect(oldest(pc)).toBeGreaterThanOrEqual(readCutoffs(pc.store.read).sales ?? Infinity);
  });
});
