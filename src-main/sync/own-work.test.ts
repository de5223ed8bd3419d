import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { openDatabase } from '#main/store/open-database.ts';
import { insert, row, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';
import type { TestPc } from './testing/pc.ts';

let cloud: TestCloud;
const { pcs, open, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

const inCloud = (id: string) => cloud.sql('select name from customers where id = $1', [id]);
const letters = (pc: TestPc) => pc.store.read.all('SELECT code FROM _dead_letters');
const remove = (pc: TestPc, id: string) =>
  pc.store.transaction('clerk', (db) => db.run('DELETE FROM customers WHERE id = ?', id));

describe('what a PC did to its own work', () => {
  async function paused(): Promise<TestPc> {
    const [pc] = (await open(1)) as [TestPc];
    pc.daemon.pause(null, 'test');
    return pc;
  }

  it('is no conflict: made and deleted before anything was sent', async () => {
    const pc = await paused();
    const id = insert(pc.store, 'customers', {});
    set(pc.store, 'customers', id, { note: 'x' });
    remove(pc, id);
    pc.daemon.resume();
    await pc.settle();
    expect(letters(pc)).toEqual([]);
    expect(await inCloud(id)).toEqual([]);
    await expectEqual();
  });

  it('is no conflict: deleted and made again, also after it was sent', async () => {
    const pc = await paused();
    const id = insert(pc.store, 'customers', {});
    pc.daemon.resume();
    await pc.settle();
    pc.daemon.pause(null, 'test');
    remove(pc, id);
    insert(pc.store, 'customers', { id, name: 'Again' });
    pc.daemon.resume();
    await pc.settle();
    expect(await inCloud(id)).toEqual([{ name: 'Again' }]);
    // and its version is known here: the next change is based on it
    set(pc.store, 'customers', id, { name: 'Later' });
    remove(pc, id);
    await pc.settle();
    expect(letters(pc)).toEqual([]);
    expect(await inCloud(id)).toEqual([]);
    await expectEqual();
  });

  it('does not hide what somebody else did meanwhile', async () => {
    const [a, b] = (await open(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'customers', {});
    await allSettle();
    b.daemon.pause(null, 'test');
    set(b.store, 'customers', id, { address: 'mine' });
    remove(b, id);
    set(a.store, 'customers', id, { phone: 'theirs' });
    await a.settle();
    b.daemon.resume();
    await b.settle();
    // who still works with a customer keeps it
    expect(letters(b)).toEqual([]);
    expect(row(b.store, 'customers', id)).toMatchObject({ phone: 'theirs', address: null });
    expect(await inCloud(id)).toHaveLength(1);
    await allSettle();
    await expectEqual();
  });
});

describe('a PC that starts again', () => {
  it('shows what was merged in its very first answer', async () => {
    const [a, b] = (await open(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'customers', { phone: '1' });
    await allSettle();
    b.daemon.pause(null, 'test');
    set(b.store, 'customers', id, { note: 'mine' });
    set(a.store, 'customers', id, { phone: '2' });
    await a.settle();
    await b.restart();
    b.daemon.resume();
    await b.settle();
    expect(row(b.store, 'customers', id)).toMatchObject({ phone: '2', note: 'mine' });
    await allSettle();
    await expectEqual();
  });

  it('goes on after another program has held the store for long', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const other = openDatabase({ file: pc.file, key: new Uint8Array(32).fill(7) });
    if (!other.ok) throw new Error(other.error.code);
    other.value.exec('BEGIN IMMEDIATE');
    pc.daemon.wake('operator');
    await expect.poll(() => pc.daemon.status().failure?.code, { timeout: 15_000 }).toBe('database-locked');
    other.value.exec('ROLLBACK');
    other.value.close();
    const id = insert(pc.store, 'customers', {});
    await pc.settle();
    expect(await inCloud(id)).toHaveLength(1);
  });

  it('starts while another program holds the store', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const other = openDatabase({ file: pc.file, key: new Uint8Array(32).fill(7) });
    if (!other.ok) throw new Error(other.error.code);
    other.value.exec('BEGIN IMMEDIATE');
    await pc.restart();
    other.value.exec('ROLLBACK');
    other.value.close();
    const id = insert(pc.store, 'customers', {});
    await pc.settle();
    expect(await inCloud(id)).toHaveLength(1);
  });

  it('calls a run interrupted that could not be written down when it ended', async () => {
    const [pc] = (await open(1)) as [TestPc];
    await pc.settle();
    pc.store.apply(null, (db) => db.run(`INSERT INTO _sync_runs (started_at, outcome) VALUES (1, 'running')`));
    insert(pc.store, 'customers', {});
    await pc.settle();
    const outcomes = pc.store.read.all<{ outcome: string }>('SELECT outcome FROM _sync_runs WHERE started_at = 1');
    expect(outcomes).toEqual([{ outcome: 'interrupted' }]);
  });

  it('is somebody else at once when it is enrolled again', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const before = readIdentity(pc.store.read);
    const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
    insert(pc.store, 'customers', {});
    await pc.settle();
    expect((await pc.daemon.enrol(await provision.createEnrolmentCode(before?.storeId ?? ''), 'Again')).ok).toBe(true);
    const id = insert(pc.store, 'customers', {});
    await pc.settle();
    const after = readIdentity(pc.store.read);
    expect(after?.deviceId).not.toBe(before?.deviceId);
    expect(await cloud.sql('select device_id from sync.row_state where row_id = $1', [id])).toEqual([
      { device_id: after?.deviceId },
    ]);
  });

  it('counts nothing twice when it is enrolled again while an answer was lost', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const store = readIdentity(pc.store.read)?.storeId ?? '';
    const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
    const product = insert(pc.store, 'products', {});
    const level = insert(pc.store, 'stock_levels', { product_id: product, qty: 10 });
    await pc.settle();
    const lost = cloud.faults.add({ match: { path: 'sync_push' }, do: 'drop-after' });
    set(pc.store, 'stock_levels', level, { qty: 9 });
    await expect.poll(() => lost.hits()).toBeGreaterThan(0);
    const code = await provision.createEnrolmentCode(store);
    const enrolled = pc.daemon.enrol(code, 'Again');
    lost.remove();
    expect((await enrolled).ok).toBe(true);
    await pc.settle();
    set(pc.store, 'stock_levels', level, { qty: 7 });
    await pc.settle();
    expect(await cloud.sql('select qty::int from stock_levels where id = $1', [level])).toEqual([{ qty: 7 }]);
    await expectEqual();
  });
});

describe('the office', () => {
  it('is somebody else, too: its change outlives a deletion made without knowing it', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const id = insert(pc.store, 'customers', {});
    await pc.settle();
    pc.daemon.pause(null, 'test');
    await cloud.sql(`update customers set note = 'office' where id = $1`, [id]);
    remove(pc, id);
    pc.daemon.resume();
    await pc.settle();
    expect(letters(pc)).toEqual([]);
    expect(row(pc.store, 'customers', id)).toMatchObject({ note: 'office' });
    expect(await inCloud(id)).toHaveLength(1);
  });
});

describe('a conflict that takes in a newer value', () => {
  it('stays open when somebody closes it without having seen that', async () => {
    const [a, b] = (await open(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'products', { price: 800 });
    await allSettle();
    b.daemon.pause(null, 'test');
    set(a.store, 'products', id, { price: 850 });
    await a.settle();
    set(b.store, 'products', id, { price: 900 });
    b.daemon.resume();
    await b.settle();
    await allSettle();
    const conflict = a.store.read.get<{ id: string }>('SELECT id FROM conflicts WHERE row_id = ?', id)?.id ?? '';
    a.daemon.pause(null, 'test');
    b.daemon.pause(null, 'test');
    // B types once more over a price that A changes again, so the same question gets a newer answer
    set(b.store, 'products', id, { price: 950 });
    set(a.store, 'products', id, { price: 870 });
    a.daemon.resume();
    await a.settle();
    b.daemon.resume();
    await b.settle();
    a.daemon.pause(null, 'test');
    set(b.store, 'products', id, { price: 990 });
    await cloud.sql(`update conflicts set incoming_at = now() where id = $1`, [conflict]);
    set(a.store, 'conflicts', conflict, { status: 'resolved', resolved_by: 'A' });
    a.daemon.resume();
    await allSettle();
    expect(await cloud.sql('select status from conflicts where id = $1', [conflict])).toEqual([{ status: 'open' }]);
    for (const pc of pcs) expect(row(pc.store, 'conflicts', conflict)?.status).toBe('open');
  });
});

describe('a second change over a value that arrived unseen', () => {
  it('is asked about like the first', async () => {
    const [a, b] = (await open(2, { batchSize: 1 })) as [TestPc, TestPc];
    const id = insert(a.store, 'products', { price: 800 });
    await allSettle();
    b.daemon.pause(null, 'test');
    set(a.store, 'products', id, { price: 850 });
    await a.settle();
    // the newer price arrives under B's unsent one; B goes on from what B sees
    cloud.faults.set([{ match: { path: 'sync_pull' }, do: 'delay', ms: 300, times: 2 }]);
    b.daemon.resume();
    set(b.store, 'products', id, { price: 900 });
    set(b.store, 'products', id, { price: 910 });
    await b.settle();
    await allSettle();
    for (const pc of pcs) {
      expect(row(pc.store, 'products', id)?.price).toBe(850);
      const { fields } = pc.store.read.get<{ fields: string }>('SELECT fields FROM conflicts WHERE row_id = ?', id) ?? {
        fields: '[]',
      };
      expect(JSON.parse(fields)).toMatchObject([{ column: 'price', base: 800, incoming: 910, kept: 850 }]);
    }
  });
});

describe('text that PostgreSQL cannot hold', () => {
  it('does not stop the queue', async () => {
    await open(1);
    const [pc] = pcs as [TestPc];
    const id = insert(pc.store, 'customers', { name: 'Aling\0Rosa' });
    await pc.settle();
    expect(await inCloud(id)).toEqual([{ name: 'AlingRosa' }]);
  });
});
