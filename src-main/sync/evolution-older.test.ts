import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { createEvolvingShop, pending } from './testing/evolution.ts';
import type { TestPc } from './testing/pc.ts';
import { insert, row, set } from './testing/rows.ts';
import { syncWarnings } from './warnings.ts';

let cloud: TestCloud;
const { pcs, open, allSettle, expectEqual, next, addTier, addPromotions, updated, close } = createEvolvingShop(
  () => cloud,
);
beforeEach(async () => {
  cloud = await testCloud();
});
afterEach(async () => {
  await close();
  await cloud.stop();
});

describe('an app that is older than the cloud', () => {
  it('goes on with a column it does not know, keeps it aside, and shows it after its update', async () => {
    const [a, b] = (await open(2)) as [TestPc, TestPc];
    const known = insert(a.store, 'customers', { name: 'Aling Rosa' });
    await allSettle();
    await addTier();
    const made = insert(a.store, 'customers', { name: 'Mang Ben' });
    set(b.store, 'customers', known, { phone: '0917' });
    await allSettle();
    expect(await cloud.sql('select tier from customers where id = $1', [made])).toEqual([{ tier: 'none' }]);
    await cloud.sql(`update customers set tier = 'gold', address = 'Tondo' where id = $1`, [known]);
    await allSettle();
    for (const pc of [a, b])
      expect(row(pc.store, 'customers', known)).toMatchObject({ phone: '0917', address: 'Tondo' });
    expect(syncWarnings(a.store.read).join()).toContain('Update needed');
    set(a.store, 'customers', known, { phone: '0918' });
    await allSettle();
    expect(await cloud.sql('select tier, phone from customers where id = $1', [known])).toEqual([
      { tier: 'gold', phone: '0918' },
    ]);
    await expectEqual();
    expect(pending(a)).toEqual([]);

    const version = next();
    const after = await updated(a, version);
    // what was kept is there before anything is asked of the network
    await after.settle();
    expect(row(after.store, 'customers', known)).toMatchObject({ tier: 'gold', phone: '0918' });
    // this PC made that row itself, so the cloud had no reason to tell about a default of its own
    await expect.poll(() => row(after.store, 'customers', made)?.['tier'], { timeout: 10_000 }).toBe('none');
    expect(syncWarnings(after.store.read)).toEqual([]);
    await expectEqual();
    set(after.store, 'customers', made, { tier: 'silver' });
    await after.settle();
    expect(await cloud.sql('select tier from customers where id = $1', [made])).toEqual([{ tier: 'silver' }]);
    expect(pending(after)).toEqual([]);
  });

  it('keeps a table aside that it does not know, from the feed and from the beginning', async () => {
    const [a] = (await open(1)) as [TestPc];
    await addPromotions();
    const ids = Array.from({ length: 4 }, () => crypto.randomUUID());
    for (const [i, id] of ids.entries())
      await cloud.sql('insert into promotions values ($1, $2, $3)', [id, `P${i}`, i]);
    await a.settle();
    await cloud.sql('update promotions set percent = 50 where id = $1', [ids[1]]);
    await cloud.sql('delete from promotions where id = $1', [ids[2]]);
    await a.settle();
    const [b] = (await open(1)) as [TestPc, TestPc];
    expect(b).toBe(a);
    const fresh = pcs[1] as TestPc;
    for (const pc of [a, fresh]) expect(syncWarnings(pc.store.read).join()).toContain('Update needed');
    await expectEqual();

    const version = next();
    await addTier();
    for (const pc of [a, fresh]) {
      const after = await updated(pc, version);
      await after.settle();
      expect(after.store.read.all('SELECT title, percent FROM promotions ORDER BY title')).toEqual([
        { title: 'P0', percent: 0 },
        { title: 'P1', percent: 50 },
        { title: 'P3', percent: 3 },
      ]);
      expect(syncWarnings(after.store.read)).toEqual([]);
    }
    await expectEqual();
    await cloud.sql('update promotions set percent = 7 where id = $1', [ids[0]]);
    await allSettle();
    for (const pc of pcs) expect(row(pc.store, 'promotions', ids[0] ?? '')?.['percent']).toBe(7);
    await expectEqual();
  });

  it('shows what it had typed itself on top of what it learns', async () => {
    const [a] = (await open(1)) as [TestPc];
    const id = insert(a.store, 'customers', {});
    await a.settle();
    await addTier();
    await cloud.sql(`update customers set tier = 'gold' where id = $1`, [id]);
    await a.settle();
    const stuck = cloud.faults.add({ match: { path: 'sync_push' }, do: 'status', status: 503 });
    set(a.store, 'customers', id, { phone: '1' });
    const after = await updated(a, next());
    set(after.store, 'customers', id, { address: 'here' });
    expect(row(after.store, 'customers', id)).toMatchObject({ phone: '1', address: 'here' });
    stuck.remove();
    await after.settle(20);
    expect(row(after.store, 'customers', id)).toMatchObject({ phone: '1', address: 'here', tier: 'gold' });
    await expectEqual();
  });
});

describe('a cloud that no longer speaks to this version', () => {
  it('says so, and everything waits until the app is updated', async () => {
    const [a] = (await open(1)) as [TestPc];
    await cloud.sql(`create or replace function sync.protocol() returns integer language sql immutable as 'select 3'`);
    await a.settle();
    expect(syncWarnings(a.store.read).join()).toContain('Update Pulser Field soon');
    await cloud.sql('update sync.cloud set oldest_protocol = 3');
    insert(a.store, 'customers', {});
    await expect.poll(() => a.daemon.status().failure?.code, { timeout: 10_000 }).toBe('update-needed');
    expect(pending(a)).toHaveLength(1);
    expect(
      row(a.store, 'customers', a.store.read.get<{ id: string }>('SELECT id FROM customers')?.id ?? ''),
    ).toBeDefined();
    await cloud.sql('update sync.cloud set oldest_protocol = 2');
    await a.settle();
    expect(pending(a)).toEqual([]);
    await expectEqual();
  });
});
