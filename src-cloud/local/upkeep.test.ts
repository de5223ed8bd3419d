import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createProvision, type GuardReport } from './provision.ts';
import { type TestCloud, testCloud } from './testing.ts';

let cloud: TestCloud;
let storeId: string;
beforeAll(async () => {
  cloud = await testCloud();
  storeId = await createProvision(cloud).createStore({
    code: 'U',
    name: 'Upkeep',
    region: '',
    province: '',
    city: '',
    barangay: '',
  });
});
afterAll(() => cloud.stop());

const one = async <T>(query: string, params: unknown[] = []): Promise<T> =>
  Object.values((await cloud.sql(query, params))[0] ?? {})[0] as T;
const prune = async (rows = 2000): Promise<Record<string, number>> =>
  one<Record<string, number>>('call sync.prune(now(), $1)', [rows]);

async function addProducts(count: number): Promise<void> {
  await cloud.sql(
    `insert into public.products (id, sku, name, category, unit, price, cost, active)
       select gen_random_uuid(), 'sku', 'Kape', 'coffee', 'pc', 800, 600, true from generate_series(1, $1)`,
    [count],
  );
}
/** Moves all that the feed has so far into the past. */
const age = (days: number): Promise<unknown> =>
  cloud.adminSql(`update sync.txns set at = at - $1::integer * interval '1 day'`, [days]);
const chain = async (): Promise<{ head: number; floor: number; kept: number; mark: boolean }> => {
  const [row] = await cloud.sql<{ head: string; floor: string; kept: string; mark: boolean }>(
    `select head, floor, (select count(*) from sync.txns t where t.scope_id = s.id) kept,
        not exists (select 1 from sync.txns t where t.scope_id = s.id and t.pos <= s.floor) mark from sync.scopes s where key = 'chain'`,
  );
  return {
    head: Number(row?.head),
    floor: Number(row?.floor),
    kept: Number(row?.kept),
    mark: row?.mark ?? false,
  };
};
async function addDevice(seenDaysAgo: number): Promise<string> {
  const id = randomUUID();
  await cloud.adminSql(
    `insert into sync.devices (id, store_id, scopes, counter, last_seen_at)
       values ($1, $2::uuid, array['chain', 'store:' || $2::uuid], (select count(*) + 1 from sync.devices), now() - $3::integer * interval '1 day')`,
    [id, storeId, seenDaysAgo],
  );
  return id;
}
const removeDevices = (): Promise<unknown> => cloud.adminSql('delete from sync.devices');

describe('what a statement of the office writes', () => {
  it('reaches the feed in parts of 500 rows with dense positions and one hint, the same rows in order', async () => {
    const before = await chain();
    const hints = Number(await one('select count(*) from realtime.messages'));
    await addProducts(2300);
    const after = await chain();
    expect(after.head - before.head).toBe(5);
    const parts = await cloud.sql<{ n: number }>(
      `select t.n from sync.txns t join sync.scopes s on s.id = t.scope_id where s.key = 'chain' and t.pos > $1 order by t.pos`,
      [before.head],
    );
    expect(parts.map(({ n }) => n)).toEqual([500, 500, 500, 500, 300]);
    expect(Number(await one('select count(*) from realtime.messages'))).toBe(hints + 1);
    await cloud.sql('update public.products set price = price + 1');
    await cloud.sql('delete from public.products');
    expect((await chain()).head - after.head).toBe(10);
    const newest = await cloud.sql<{ op: string; n: string }>(
      `select op, count(*) n from (select distinct on (row_id) row_id, op from sync.changes order by row_id, txn_id desc) x group by op`,
    );
    expect(newest).toEqual(expect.arrayContaining([{ op: 'D', n: '2300' }]));
  });
});

describe('prune', () => {
  it('takes what is older than 30 days out of the feed in small steps, and leaves a floor that is the mark of what went', async () => {
    await removeDevices();
    for (let i = 0; i < 30; i += 1) await addProducts(7);
    await age(31);
    await addProducts(3);
    const before = await chain();
    const mark = await one<string>(
      `select t.stamp from sync.txns t join sync.scopes s on s.id = t.scope_id where s.key = 'chain' and t.pos = $1`,
      [before.head - 1],
    );
    const removed = await prune(10);
    const after = await chain();
    expect(after).toMatchObject({ head: before.head, floor: before.head - 1, kept: 1, mark: true });
    expect(await one(`select floor_stamp from sync.scopes where key = 'chain'`)).toBe(mark);
    expect(removed['feed']).toBeGreaterThan(200);
    expect(
      Number(
        await one(
          'select count(*) from sync.changes c left join sync.txns t using (scope_id, txn_id) where t.pos is null',
        ),
      ),
    ).toBe(0);
    expect(await prune()).toMatchObject({ feed: 0 });
    expect(
      await one(`select details -> 'removed' ->> 'feed' from sync.health where what = 'prune' order by id limit 1`),
    ).toBe(String(removed['feed']));
  });

  it('keeps the feed for a PC that was away for up to 60 days, not for one that was revoked or away for longer', async () => {
    await removeDevices();
    const revoked = await addDevice(50);
    await cloud.adminSql('update sync.devices set revoked_at = now() where id = $1', [revoked]);
    await addDevice(61);
    const away = await addDevice(45);
    const start = await chain();
    await addProducts(1);
    await age(2);
    await addProducts(1);
    await age(45);
    await addProducts(1);
    await prune();
    // 47 days old: from before that PC was seen last. 45 days old: it may not have it.
    expect((await chain()).floor).toBe(start.head + 1);
    await cloud.adminSql('update sync.devices set last_seen_at = now() where id = $1', [away]);
    await prune();
    expect((await chain()).floor).toBe(start.head + 2);
  });

  it('holds no head while something keeps it waiting', async () => {
    await removeDevices();
    await addProducts(100);
    await age(40);
    const { sql, end } = await cloud.session();
    await sql('begin');
    await sql(`lock table sync.health in exclusive mode`);
    const pruning = prune(10).catch((error: unknown) => error);
    await addProducts(1);
    await sql('rollback');
    await end();
    await pruning;
    expect((await chain()).kept).toBe(1);
  });

  it('removes receipts, tombstones and settled conflicts after their time, and only those', async () => {
    await removeDevices();
    const device = await addDevice(0);
    await cloud.adminSql('update sync.devices set last_batch = 10 where id = $1', [device]);
    await cloud.adminSql(
      `insert into sync.receipts (device_id, batch, hash, reply, at) select $1, b, 'h', '{}', now() - interval '31 days' from generate_series(1, 10) b`,
      [device],
    );
    await addProducts(2);
    const [kept, gone] = await cloud.sql<{ id: string }>('select id from public.products order by id limit 2');
    await cloud.sql('delete from public.products where id = any ($1)', [[kept?.id, gone?.id]]);
    await cloud.adminSql(`update sync.tombstones set at = now() - interval '91 days' where row_id = $1`, [gone?.id]);
    await cloud.adminSql(`update sync.tombstones set at = now() - interval '89 days' where row_id <> $1`, [gone?.id]);
    for (const [status, days] of [
      ['resolved', 181],
      ['resolved', 179],
      ['open', 400],
    ] as const) {
      await cloud.sql(
        `insert into public.conflicts (id, scope, table_name, row_id, fields, incoming_at, opened_at, status, resolved_at)
           values (gen_random_uuid(), 'chain', 'products', $1, '[]', now(), now(), $2, now() - $3::integer * interval '1 day')`,
        [kept?.id, status, days],
      );
    }
    const head = (await chain()).head;
    expect(await prune()).toMatchObject({ receipts: 8, tombstones: 1, conflicts: 1 });
    expect(Number(await one('select count(*) from sync.receipts'))).toBe(2);
    expect(Number(await one('select count(*) from public.conflicts'))).toBe(2);
    // the PCs hear of it
    expect((await chain()).head).toBe(head + 1);
    expect(
      Number(await one('select count(*) from sync.row_state where row_id = any ($1)', [[kept?.id, gone?.id]])),
    ).toBe(1);
  });

  it('folds the keys of a day into one row and loses none', async () => {
    await removeDevices();
    const device = await addDevice(0);
    await cloud.adminSql(
      `insert into sync.accepted (device_id, batch, at, keys) select $1, b, now() - (60 - b) * interval '12 hours', array[b, -b] from generate_series(1, 60) b`,
      [device],
    );
    await cloud.adminSql('update sync.accepted set keys = null where device_id = $1 and batch = 10', [device]);
    const all = `select count(*) as rows, sum(batches) as batches, max(batch) as last,
      (select count(distinct k) from sync.accepted a, unnest(a.keys) k where a.device_id = $1) as keys from sync.accepted where device_id = $1`;
    const [before] = await cloud.sql<Record<string, string>>(all, [device]);
    expect(before).toMatchObject({ rows: '60', batches: '60', last: '60', keys: '118' });
    await prune(200);
    const [after] = await cloud.sql<Record<string, string>>(all, [device]);
    expect(after).toMatchObject({ batches: '60', last: '60', keys: '118' });
    expect(Number(after?.['rows'])).toBeLessThan(40);
    expect(await prune(200)).toMatchObject({ folded: 0 });
    await cloud.adminSql(`update sync.accepted set at = at - interval '91 days' where device_id = $1`, [device]);
    await prune();
    expect(Number(await one('select count(*) from sync.accepted'))).toBe(0);
  });

  it('keeps the state of a row that came back', async () => {
    await addProducts(1);
    const [row] = await cloud.sql<{ id: string }>('select id from public.products limit 1');
    const columns = 'id, sku, name, category, unit, price, cost, active';
    await cloud.sql('delete from public.products where id = $1', [row?.id]);
    await cloud.sql(`insert into public.products (${columns}) values ($1, 'sku', 'Kape', 'coffee', 'pc', 1, 1, true)`, [
      row?.id,
    ]);
    await cloud.adminSql(`update sync.tombstones set at = now() - interval '91 days'`);
    await prune();
    expect(await one('select ver from sync.row_state where row_id = $1', [row?.id])).toBe(3);
    expect(Number(await one('select count(*) from sync.tombstones where row_id = $1', [row?.id]))).toBe(0);
  });
});

const guard = (accept = false): Promise<GuardReport> => createProvision(cloud).guard({ accept });
/** Writes as nobody should: without any trigger. */
async function unnoticed(...queries: string[]): Promise<void> {
  const { sql, end } = await cloud.session();
  await sql('set session_replication_role = replica');
  for (const query of queries) await sql(query);
  await end();
}
const newest = async (id: string): Promise<{ op: string; ver: number; image: unknown[] | null } | undefined> =>
  (
    await cloud.sql<{ op: string; ver: number; image: unknown[] | null }>(
      'select op, ver, image from sync.changes where row_id = $1 order by txn_id desc limit 1',
      [id],
    )
  )[0];

describe('guard', () => {
  it('finds nothing where everything was written in view of the feed, also after updates that change nothing', async () => {
    await addProducts(50);
    await cloud.sql('update public.products set price = price, name = name');
    await cloud.sql('update public.products set price = price + 1 where price < 1000');
    await cloud.sql('begin; savepoint a; update public.products set cost = cost + 1; release a; commit');
    const found = await guard();
    expect(found).toMatchObject({ state: 'ok', triggers: [] });
    expect(found.tables.find(({ table }) => table === 'products')?.compared).toBeGreaterThan(50);
    expect(found.tables.every((table) => table.unnoticed + table.gone === 0)).toBe(true);
  });

  it('feeds what was inserted, changed and deleted behind its back, once', async () => {
    const [changed, gone] = await cloud.sql<{ id: string }>('select id from public.products order by id limit 2');
    const added = randomUUID();
    await unnoticed(
      `update public.products set price = 4321 where id = '${changed?.id}'`,
      `delete from public.products where id = '${gone?.id}'`,
      `insert into public.products (id, sku, name, category, unit, price, cost, active) values ('${added}', 's', 'n', 'c', 'u', 1, 1, true)`,
    );
    const found = await guard();
    expect(found.state).toBe('repaired');
    expect(found.tables.find(({ table }) => table === 'products')).toMatchObject({
      unnoticed: 2,
      gone: 1,
      withheld: 0,
    });
    expect((await newest(changed?.id ?? ''))?.image).toContain(4321);
    expect(await newest(gone?.id ?? '')).toMatchObject({ op: 'D', image: null });
    expect(await newest(added)).toMatchObject({ ver: 1 });
    expect(await guard()).toMatchObject({ state: 'ok' });
  });

  it('puts back triggers that were disabled or dropped, and looks through everything written meanwhile', async () => {
    const [row] = await cloud.sql<{ id: string }>('select id from public.products order by id limit 1');
    await cloud.sql('alter table public.products disable trigger feed_update');
    await cloud.sql('drop trigger no_truncate on public.customers');
    await cloud.sql('alter table sync.txns disable trigger seal');
    await cloud.sql('update public.products set price = 777 where id = $1', [row?.id]);
    const found = await guard();
    expect(found.triggers.map(({ trigger, problem }) => `${trigger} ${problem}`).toSorted()).toEqual([
      'feed_update disabled',
      'no_truncate missing',
      'seal disabled',
    ]);
    expect((await newest(row?.id ?? ''))?.image).toContain(777);
    await expect(cloud.sql('truncate public.customers cascade')).rejects.toThrow('use DELETE');
    expect(await guard()).toMatchObject({ state: 'ok', triggers: [] });
  });

  it('gives a position to what was committed while nothing was sealed', async () => {
    const before = await chain();
    await cloud.sql('alter table sync.txns disable trigger seal');
    await addProducts(3);
    expect((await chain()).head).toBe(before.head);
    expect((await guard()).triggers).toHaveLength(2);
    expect(await chain()).toMatchObject({ head: before.head + 1, kept: before.kept + 1 });
    expect(Number(await one('select count(*) from sync.txns where pos is null'))).toBe(0);
  });

  it('asks a person before it follows a table that lost most of its rows', async () => {
    await addProducts(200);
    const head = (await chain()).head;
    await unnoticed('truncate public.products cascade');
    const found = await guard();
    expect(found.state).toBe('alarm');
    expect(found.tables.find(({ table }) => table === 'products')?.withheld).toBeGreaterThan(200);
    expect((await chain()).head).toBe(head);
    const [last] = await createProvision(cloud).health();
    expect(last).toMatchObject({ what: 'guard', state: 'alarm' });
    expect(await guard(true)).toMatchObject({ state: 'repaired' });
    expect((await chain()).head).toBeGreaterThan(head);
    expect(await guard()).toMatchObject({ state: 'ok' });
  });
});

describe('schedules', () => {
  it('are set where pg_cron is, and the functions can be described over themselves', async () => {
    await cloud.adminSql('create schema cron authorization postgres');
    await cloud.sql(`create table cron.jobs (name text primary key, at text, what text)`);
    await cloud.sql(`create function cron.schedule(n text, a text, w text) returns bigint language sql as
      $$ insert into cron.jobs values (n, a, w) on conflict (name) do update set what = excluded.what; select 1::bigint $$`);
    const { readFile } = await import('node:fs/promises');
    for (const file of ['60_retention', '65_guards', '60_retention', '96_guarded']) {
      await cloud.sql(await readFile(new URL(`../../migrations/cloud/functions/${file}.sql`, import.meta.url), 'utf8'));
    }
    const jobs = await cloud.sql<{ what: string }>('select what from cron.jobs order by name');
    expect(jobs).toEqual([{ what: 'select sync.guard()' }, { what: 'call sync.prune()' }]);
    for (const { what } of jobs) await cloud.sql(what);
  });
});
