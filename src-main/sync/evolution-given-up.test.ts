import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { createEvolvingShop, pending } from './testing/evolution.ts';
import { killedPc, type TestPc } from './testing/pc.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';
import type { AppVersion } from './testing/versions.ts';
import { syncWarnings } from './warnings.ts';

let cloud: TestCloud;
const { pcs, open, allSettle, expectEqual, next, versionWith, describeAgain, addTier, addPromotions, updated, close } =
  createEvolvingShop(() => cloud);
beforeEach(async () => {
  cloud = await testCloud();
});
afterEach(async () => {
  await close();
  await cloud.stop();
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
    const mobile = versionWith(`ALTER TABLE customers ADD COLUMN mobile TEXT; UPDATE customers SET mobile = phone;`, {
      customers: { mobile: { type: 'text', policy: 'manual', nullable: true } },
    });
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
