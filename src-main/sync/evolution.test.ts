import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import type { SyncedTable } from '#shared/register.ts';
import { countQueue } from '#main/store/queries.ts';
import { killedPc, type TestPc, type TestPcOptions } from './testing/pc.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';
import { nextVersion, type AppVersion } from './testing/versions.ts';
import { syncWarnings } from './warnings.ts';

let cloud: TestCloud;
const { pcs, open, allSettle, expectEqual, close } = createTestShop(() => cloud);
const versions: AppVersion[] = [];
beforeEach(async () => {
  cloud = await testCloud();
});
afterEach(async () => {
  await close();
  await cloud.stop();
  for (const { migrations } of versions.splice(0)) rmSync(migrations, { recursive: true });
});

const text = { type: 'text', policy: 'manual', nullable: false } as const;
const promotions: SyncedTable = {
  scope: 'chain',
  direction: 'both',
  onDelete: 'delete',
  columns: { title: text, percent: { type: 'int', policy: 'server', nullable: false } },
  title: ['title'],
};

/** The version after the present one: customers have a tier, and there are promotions. Its local default is not the cloud's. */
function next(): AppVersion {
  const version = nextVersion(
    `ALTER TABLE customers ADD COLUMN tier TEXT NOT NULL DEFAULT 'plain';
     CREATE TABLE promotions (id TEXT PRIMARY KEY, title TEXT NOT NULL, percent INTEGER NOT NULL) STRICT;`,
    { customers: { tier: text } },
    { promotions },
  );
  versions.push(version);
  return version;
}

/** What an operator of the cloud runs with a new version of the schema. */
async function describeAgain(table: string): Promise<void> {
  await cloud.sql(
    'select sync.register_table(name, scope_rule, direction, policies) from sync.tables where name = $1',
    [table],
  );
}
async function addTier(): Promise<void> {
  await cloud.sql(`alter table customers add column tier text not null default 'none'`);
  await describeAgain('customers');
}
async function addPromotions(): Promise<void> {
  await cloud.sql('create table promotions (id uuid primary key, title text not null, percent integer not null)');
  await cloud.sql(`select sync.register_table('promotions', 'chain', 'both', '{"title": "manual"}')`);
}

/** The same PC after an update of the app. */
async function updated(pc: TestPc, version: AppVersion, options: TestPcOptions = {}): Promise<TestPc> {
  await pc.daemon.stop();
  const after = killedPc(cloud, pc, { ...options, version });
  pcs.splice(pcs.indexOf(pc), 1, after);
  await pc.stop();
  after.daemon.start();
  return after;
}

const pending = (pc: TestPc) =>
  pc.store.read.all('SELECT table_name, op, new_values, state FROM _change_log WHERE state < 4 ORDER BY seq');

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

describe('an app that is newer than the cloud', () => {
  it('sends what the cloud knows, owes the rest, and sends that once the cloud has learned it', async () => {
    const version = next();
    const [a, b] = (await open(2, { version })) as [TestPc, TestPc];
    const product = insert(a.store, 'products', {});
    const old = insert(a.store, 'customers', { name: 'Mang Ben' });
    await allSettle();
    // one local transaction with a sale, and with things that the cloud has never heard of
    const promotion = a.store.newId();
    const customer = a.store.newId();
    const sale = a.store.newId();
    const storeId = row(a.store, 'customers', old)?.['store_id'] ?? '';
    a.store.transaction('clerk', (db) => {
      db.run(`INSERT INTO promotions VALUES (?, 'Buy one', 10)`, promotion);
      db.run(
        `INSERT INTO customers (id, store_id, name, credit_limit, tier) VALUES (?, ?, 'Aling Rosa', 0, 'gold')`,
        customer,
        storeId,
      );
      db.run(`UPDATE customers SET phone = '0917', tier = 'silver' WHERE id = ?`, old);
      db.run(
        `INSERT INTO transactions (id, store_id, number, started_at, ended_at, payment, customer_id, customer_type, request_mode, request_type, suggestion, total)
         VALUES (?, ?, '1-000009', 1790000000123, 1790000000456, 'cash', ?, 'regular', 'verbal', 'branded', 'none', 1000)`,
        sale,
        storeId,
        customer,
      );
    });
    set(a.store, 'customers', old, { tier: 'platinum' });
    set(a.store, 'promotions', promotion, { percent: 20 });
    insertSale(a.store, product);
    await allSettle();
    expect(await cloud.sql('select customer_id from transactions where id = $1', [sale])).toEqual([
      { customer_id: customer },
    ]);
    expect(await cloud.sql('select name from customers where id = $1', [customer])).toEqual([{ name: 'Aling Rosa' }]);
    expect(await cloud.sql('select phone from customers where id = $1', [old])).toEqual([{ phone: '0917' }]);
    expect(a.store.read.all('SELECT * FROM _dead_letters')).toEqual([]);
    expect(pending(a)).toHaveLength(5);
    expect(countQueue(a.store.read)).toMatchObject({ waiting: 0, stuck: 0, owed: 5 });
    expect(syncWarnings(a.store.read).join()).toContain('5 changes wait until the cloud is updated');
    expect(row(a.store, 'customers', old)).toMatchObject({ phone: '0917', tier: 'platinum' });
    expect(row(b.store, 'customers', old)).toMatchObject({ phone: '0917', tier: 'plain' });
    await expectEqual();
    // what is owed holds up nothing, not even on the same row
    set(a.store, 'customers', old, { phone: '0918' });
    set(b.store, 'customers', old, { address: 'Tondo' });
    await allSettle();
    expect(await cloud.sql('select phone, address from customers where id = $1', [old])).toEqual([
      { phone: '0918', address: 'Tondo' },
    ]);
    expect(row(a.store, 'customers', old)).toMatchObject({ phone: '0918', address: 'Tondo', tier: 'platinum' });

    await a.restart();
    await addTier();
    await addPromotions();
    await allSettle(3);
    expect(pending(a)).toEqual([]);
    expect(
      await cloud.sql('select id, tier from customers where id = any ($1) order by tier', [[customer, old]]),
    ).toEqual([
      { id: customer, tier: 'gold' },
      { id: old, tier: 'platinum' },
    ]);
    expect(await cloud.sql('select title, percent from promotions')).toEqual([{ title: 'Buy one', percent: 20 }]);
    for (const pc of pcs) {
      expect(row(pc.store, 'customers', old)?.['tier']).toBe('platinum');
      expect(row(pc.store, 'promotions', promotion)).toMatchObject({ percent: 20 });
      expect(pc.store.read.all('SELECT * FROM conflicts')).toEqual([]);
      expect(syncWarnings(pc.store.read)).toEqual([]);
    }
    await expectEqual();
    const twice = await cloud.sql('select 1 from sync.row_state where row_id = $1 and ver > 3', [promotion]);
    expect(twice).toEqual([]);
  });

  it('does not owe what it deletes itself', async () => {
    const version = next();
    const [a] = (await open(1, { version })) as [TestPc];
    const id = insert(a.store, 'customers', {});
    const promotion = a.store.newId();
    a.store.transaction('clerk', (db) => db.run(`INSERT INTO promotions VALUES (?, 'Gone soon', 1)`, promotion));
    set(a.store, 'customers', id, { tier: 'gold' });
    await a.settle();
    a.store.transaction('clerk', (db) => {
      db.run('DELETE FROM customers WHERE id = ?', id);
      db.run('DELETE FROM promotions WHERE id = ?', promotion);
    });
    await a.settle();
    expect(await cloud.sql('select 1 from customers where id = $1', [id])).toEqual([]);
    await addTier();
    await addPromotions();
    await allSettle(3);
    expect(pending(a)).toEqual([]);
    expect(a.store.read.all('SELECT * FROM _dead_letters')).toEqual([]);
    expect(await cloud.sql('select 1 from promotions')).toEqual([]);
    expect(await cloud.sql('select 1 from conflicts')).toEqual([]);
    await expectEqual();
  });

  it('finds out by a refusal when it knew too little of the cloud, and blocks nothing', async () => {
    const version = next();
    await addTier();
    const [a] = (await open(1, { version })) as [TestPc];
    const id = insert(a.store, 'customers', {});
    await a.settle();
    a.daemon.pause(null, 'test');
    // the operator takes back a column that never was, as a restored cloud would
    await cloud.sql('alter table customers drop column tier');
    await cloud.sql(`delete from sync.shapes where table_name = 'customers' and 'tier' = any (columns)`);
    await describeAgain('customers');
    set(a.store, 'customers', id, { tier: 'gold', phone: '1' });
    insertSale(a.store, insert(a.store, 'products', {}));
    a.daemon.resume();
    await a.settle();
    expect(await cloud.sql('select phone from customers where id = $1', [id])).toEqual([{ phone: '1' }]);
    expect(await cloud.sql('select 1 from transactions')).toHaveLength(1);
    expect(a.store.read.all('SELECT * FROM _dead_letters')).toEqual([]);
    expect(pending(a)).toMatchObject([{ table_name: 'customers', new_values: '{"tier":"gold"}', state: 1 }]);
    await addTier();
    await allSettle();
    expect(await cloud.sql('select tier from customers where id = $1', [id])).toEqual([{ tier: 'gold' }]);
    await expectEqual();
  });
});

describe('a column that the cloud gave up', () => {
  it('keeps its local values, is not sent, and stops nothing', async () => {
    const [a, b] = (await open(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'customers', { note: 'pays on Friday' });
    await allSettle();
    b.daemon.pause(null, 'test');
    await cloud.sql('alter table customers drop column note, drop column credit_limit');
    await describeAgain('customers');
    set(a.store, 'customers', id, { note: 'pays on Monday', phone: '1' });
    const only = a.store.transaction('clerk', (db) => db.run(`UPDATE customers SET note = 'never' WHERE id = ?`, id));
    expect(only.changes).toBe(1);
    // this one has not heard of it yet
    set(b.store, 'customers', id, { note: 'old', address: 'Tondo' });
    const made = insert(b.store, 'customers', { name: 'Mang Ben', note: 'new', credit_limit: 5000 });
    b.daemon.resume();
    await allSettle(3);
    expect(await cloud.sql('select phone, address from customers where id = $1', [id])).toEqual([
      { phone: '1', address: 'Tondo' },
    ]);
    for (const pc of pcs) {
      expect(pending(pc)).toEqual([]);
      expect(pc.store.read.all('SELECT * FROM _dead_letters')).toEqual([]);
      expect(syncWarnings(pc.store.read)).toEqual([]);
    }
    expect(row(a.store, 'customers', id)).toMatchObject({ note: 'never', phone: '1' });
    expect(row(b.store, 'customers', made)).toMatchObject({ note: 'new', credit_limit: 5000 });
    // a new row gets something where this version insists on it
    expect(row(a.store, 'customers', made)).toMatchObject({ name: 'Mang Ben', note: null, credit_limit: 0 });
    await expectEqual();
    // it may come back
    await cloud.sql('alter table customers add column note text');
    await describeAgain('customers');
    await allSettle();
    set(a.store, 'customers', id, { note: 'again' });
    await allSettle(3);
    expect(row(b.store, 'customers', id)?.['note']).toBe('again');
  });

  it('or renamed in two steps, while old and new apps work side by side', async () => {
    const mobile = nextVersion(`ALTER TABLE customers ADD COLUMN mobile TEXT; UPDATE customers SET mobile = phone;`, {
      customers: { mobile: { type: 'text', policy: 'manual', nullable: true } },
    });
    versions.push(mobile);
    const [a] = (await open(1)) as [TestPc];
    const id = insert(a.store, 'customers', { phone: '1' });
    await a.settle();
    // step one: both names, each follows the other
    await cloud.sql(`alter table customers add column mobile text;
      update customers set mobile = phone;
      create function follow_mobile() returns trigger language plpgsql as $$
      begin
        if tg_op = 'INSERT' then new.mobile := coalesce(new.mobile, new.phone); new.phone := new.mobile;
        elsif new.mobile is distinct from old.mobile then new.phone := new.mobile;
        elsif new.phone is distinct from old.phone then new.mobile := new.phone; end if;
        return new;
      end $$;
      create trigger follow_mobile before insert or update on customers for each row execute function follow_mobile();`);
    await describeAgain('customers');
    await a.settle();
    const beside = await joined(mobile);
    expect(row(beside.store, 'customers', id)?.['mobile']).toBe('1');
    set(a.store, 'customers', id, { phone: '2' });
    await allSettle(3);
    expect(row(beside.store, 'customers', id)).toMatchObject({ phone: '2', mobile: '2' });
    set(beside.store, 'customers', id, { mobile: '3' });
    await allSettle(3);
    expect(row(a.store, 'customers', id)?.['phone']).toBe('3');
    await expectEqual();
    // step two: the old name goes
    await cloud.sql(`drop trigger follow_mobile on customers; alter table customers drop column phone;`);
    await describeAgain('customers');
    set(a.store, 'customers', id, { phone: '4', address: 'Tondo' });
    set(beside.store, 'customers', id, { mobile: '5' });
    await allSettle(3);
    expect(await cloud.sql('select mobile, address from customers where id = $1', [id])).toEqual([
      { mobile: '5', address: 'Tondo' },
    ]);
    for (const pc of pcs) expect(pending(pc)).toEqual([]);
    await expectEqual();
    const last = await updated(a, mobile);
    await last.settle();
    await expect.poll(() => row(last.store, 'customers', id)?.['mobile'], { timeout: 10_000 }).toBe('5');
    await expectEqual();
  });

  /** A PC of the same chain with another version of the app. */
  async function joined(version: AppVersion): Promise<TestPc> {
    const copy = killedPc(cloud, pcs[0] as TestPc, { version });
    pcs.push(copy);
    copy.daemon.start();
    await copy.settle(20);
    return copy;
  }
});

describe('a table that the cloud gave up', () => {
  it('stays as it is here, and stops nothing', async () => {
    const version = next();
    await addTier();
    await addPromotions();
    const [a, b] = (await open(2, { version })) as [TestPc, TestPc];
    const id = a.store.newId();
    a.store.transaction('clerk', (db) => db.run(`INSERT INTO promotions VALUES (?, 'Buy one', 10)`, id));
    await allSettle();
    expect(row(b.store, 'promotions', id)).toBeDefined();
    for (const pc of [a, b]) pc.daemon.pause(null, 'test');
    await cloud.sql(`select sync.unregister_table('promotions')`);
    await cloud.sql('drop table promotions');
    set(a.store, 'promotions', id, { percent: 20 });
    insertSale(a.store, insert(a.store, 'products', {}));
    for (const pc of [a, b]) pc.daemon.resume();
    await allSettle(3);
    expect(await cloud.sql('select 1 from transactions')).toHaveLength(1);
    for (const pc of pcs) {
      expect(pending(pc)).toEqual([]);
      expect(pc.store.read.all('SELECT * FROM _dead_letters')).toEqual([]);
    }
    expect(row(a.store, 'promotions', id)).toMatchObject({ percent: 20 });
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
