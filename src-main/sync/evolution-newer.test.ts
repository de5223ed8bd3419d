import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { countQueue } from '#main/store/queries.ts';
import { createEvolvingShop, pending } from './testing/evolution.ts';
import type { TestPc } from './testing/pc.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';
import { syncWarnings } from './warnings.ts';

let cloud: TestCloud;
const { pcs, open, allSettle, expectEqual, next, describeAgain, addTier, addPromotions, close } = createEvolvingShop(
  () => cloud,
);
beforeEach(async () => {
  cloud = await testCloud();
});
afterEach(async () => {
  await close();
  await cloud.stop();
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
