import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import type { TableName } from '#shared/register.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import { retryTxn } from '../dead-letters.ts';
import { readNotices } from '../notices.ts';
import { insert, insertSale, row, set } from '../testing/rows.ts';
import { createTestShop } from '../testing/shop.ts';
import type { TestPc } from '../testing/pc.ts';
import type { VerificationReport } from '../types.ts';
import { verifySoon } from './plan.ts';

let cloud: TestCloud;
const { open, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

async function verified(pc: TestPc, depth: 'versions' | 'content' = 'content'): Promise<VerificationReport> {
  const answer = await pc.daemon.verify(depth);
  if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.detail ?? ''}`);
  expect(answer.value.reason).toBeNull();
  return answer.value;
}

/** Writes around the app: nothing is captured, nobody hears of it. */
function damage(store: Store, work: (db: WritableDb) => unknown): void {
  store.apply(null, work);
}

const none = { missing: 0, extra: 0, different: 0, version: 0 };

describe('a verification', () => {
  it('finds nothing where all is well', async () => {
    const [a] = (await open(1)) as [TestPc];
    insertSale(a.store, insert(a.store, 'products', { local_name: 'Kape | "uno" ~\nñ 😀', brand: null }));
    await a.settle();
    for (const depth of ['versions', 'content'] as const) {
      expect(await verified(a, depth)).toMatchObject({ equal: true, depth, repaired: none });
    }
    const { tables } = await verified(a);
    expect(tables.find(({ table }) => table === 'transactions')).toMatchObject({ rows: 1, cloudRows: 1 });
  });
});

type Damage = {
  readonly name: string;
  readonly kind: keyof VerificationReport['repaired'];
  readonly work: (db: WritableDb, id: string) => unknown;
};

/** Every way a replica can be wrong about one row. */
const damages: readonly Damage[] = [
  {
    name: 'another value',
    kind: 'different',
    work: (db, id) => db.run(`UPDATE products SET price = price + 1 WHERE id = ?`, id),
  },
  {
    name: 'a value that is gone',
    kind: 'different',
    work: (db, id) => db.run(`UPDATE products SET brand = NULL WHERE id = ?`, id),
  },
  {
    name: 'a null that is none',
    kind: 'different',
    work: (db, id) => db.run(`UPDATE products SET local_name = '~' WHERE id = ?`, id),
  },
  {
    name: 'two values that changed places',
    kind: 'different',
    work: (db, id) => db.run(`UPDATE products SET category = unit, unit = category WHERE id = ?`, id),
  },
  {
    name: 'a separator moved',
    kind: 'different',
    work: (db, id) => db.run(`UPDATE products SET category = 'b', unit = 'a|b' WHERE id = ?`, id),
  },
  { name: 'a missing row', kind: 'missing', work: (db, id) => db.run('DELETE FROM products WHERE id = ?', id) },
  {
    name: 'a missing row with its version',
    kind: 'missing',
    work: (db, id) => [
      db.run('DELETE FROM products WHERE id = ?', id),
      db.run('DELETE FROM _row_state WHERE row_id = ?', id),
    ],
  },
  {
    name: 'an extra row',
    kind: 'extra',
    work: (db, id) =>
      db.run(
        `INSERT INTO products SELECT substr(id, 1, 35) || iif(substr(id, 36) = 'f', '0', 'f'), ${productColumns} FROM products WHERE id = ?`,
        id,
      ),
  },
  {
    name: 'an extra row whose id is none',
    kind: 'extra',
    work: (db, id) => db.run(`INSERT INTO products SELECT 'stray', ${productColumns} FROM products WHERE id = ?`, id),
  },
  {
    name: 'a higher version',
    kind: 'version',
    work: (db, id) => db.run('UPDATE _row_state SET version = version + 5 WHERE row_id = ?', id),
  },
  {
    name: 'a lower version',
    kind: 'version',
    work: (db, id) => db.run('UPDATE _row_state SET version = version - 1 WHERE row_id = ?', id),
  },
  { name: 'no version', kind: 'version', work: (db, id) => db.run('DELETE FROM _row_state WHERE row_id = ?', id) },
  {
    name: 'a flag that says deleted',
    kind: 'version',
    work: (db, id) => db.run('UPDATE _row_state SET deleted = 1 WHERE row_id = ?', id),
  },
];
const productColumns = 'sku, name, local_name, brand, category, unit, price, cost, active';

describe('any single change behind the back of the app', () => {
  it.each(damages)('is found and mended: $name', async ({ kind, work }) => {
    const [a] = (await open(1)) as [TestPc];
    const ids = Array.from({ length: 3 }, (_, i) =>
      insert(a.store, 'products', { sku: `k${i}`, brand: 'B', category: 'a|b', unit: 'a' }),
    );
    const id = ids[1] as string;
    set(a.store, 'products', id, { cost: 700 });
    await a.settle();
    const before = dump(a.store);
    damage(a.store, (db) => work(db, id));
    expect(dump(a.store)).not.toEqual(before);
    const report = await verified(a);
    expect(report).toMatchObject({ equal: false, repaired: { ...none, [kind]: 1 } });
    expect(dump(a.store)).toEqual(before);
    expect(await verified(a)).toMatchObject({ equal: true, repaired: none });
    expect(readNotices(a.store.read, a.store.now()).join()).toContain('1 record on this PC that differed');
    expect(a.store.read.all('SELECT cause, outcome FROM _verifications ORDER BY id')).toEqual([
      { cause: 'operator', outcome: 'repaired' },
      { cause: 'operator', outcome: 'equal' },
    ]);
  });

  it('is found by ids and versions alone where no value is wrong', async () => {
    const [a] = (await open(1)) as [TestPc];
    const [id, lost] = [insert(a.store, 'products', {}), insert(a.store, 'products', { sku: 'two' })];
    await a.settle();
    const before = dump(a.store);
    damage(a.store, (db) => [
      db.run('UPDATE _row_state SET version = 9 WHERE row_id = ?', id),
      db.run('DELETE FROM products WHERE id = ?', lost),
    ]);
    expect(await verified(a, 'versions')).toMatchObject({
      equal: false,
      repaired: { ...none, version: 1, missing: 1 },
    });
    expect(dump(a.store)).toEqual(before);
  });

  it('is found in what is known about deleted rows', async () => {
    const [a] = (await open(1)) as [TestPc];
    const ids = ['a', 'b', 'c'].map((sku) => insert(a.store, 'products', { sku }));
    a.store.transaction('clerk', (db) => ids.forEach((id) => db.run('DELETE FROM products WHERE id = ?', id)));
    await a.settle();
    const before = dump(a.store);
    damage(a.store, (db) => {
      db.run('UPDATE _row_state SET version = 900 WHERE row_id = ?', ids[0] ?? '');
      db.run('UPDATE _row_state SET deleted = 0 WHERE row_id = ?', ids[1] ?? '');
      db.run(
        `INSERT INTO _row_state (table_name, row_id, version, deleted) VALUES ('products', ?, 3, 1)`,
        a.store.newId(),
      );
    });
    expect(await verified(a)).toMatchObject({ equal: false, repaired: { ...none, version: 3 } });
    expect(dump(a.store)).toEqual(before);
  });

  it('is found when it moves a row into a scope that this PC does not follow', async () => {
    const [a] = (await open(1)) as [TestPc];
    const [id, other] = [insert(a.store, 'customers', {}), insert(a.store, 'customers', { name: 'Mang Ben' })];
    await a.settle();
    const before = dump(a.store);
    damage(a.store, (db) => [
      db.run('UPDATE customers SET store_id = ? WHERE id = ?', a.store.newId(), id),
      db.run(
        `INSERT INTO customers (id, store_id, name, credit_limit) SELECT ?, ?, name, 0 FROM customers WHERE id = ?`,
        a.store.newId(),
        a.store.newId(),
        other,
      ),
    ]);
    expect(await verified(a)).toMatchObject({ equal: false, repaired: { ...none, different: 1, extra: 1 } });
    expect(dump(a.store)).toEqual(before);
  });
});

/** Everything that this PC believes of the cloud, and its queue. */
function dump(store: Store): unknown {
  const tables: (TableName | `_${string}`)[] = [
    'products',
    'customers',
    'transactions',
    'transaction_items',
    'stock_levels',
  ];
  const all = tables.map((table) => store.read.all(`SELECT * FROM "${table}" ORDER BY id`));
  const states = store.read.all(
    'SELECT table_name, row_id, version, deleted > 0 AS deleted FROM _row_state ORDER BY table_name, row_id',
  );
  return [
    all,
    states,
    store.read.all('SELECT * FROM _change_log ORDER BY seq'),
    store.read.all('SELECT * FROM _shadow ORDER BY row_id'),
  ];
}

describe('with changes that still wait', () => {
  const queue = (pc: TestPc) => pc.store.read.all('SELECT * FROM _change_log WHERE state < 4 ORDER BY seq');

  it('compares what lies underneath refused and held changes, mends it, and leaves them alone', async () => {
    const [a] = (await open(1)) as [TestPc];
    const product = insert(a.store, 'products', { price: 800 });
    const level = insert(a.store, 'stock_levels', { product_id: product, qty: 10_000 });
    const gone = insert(a.store, 'customers', {});
    await a.settle();
    // one local transaction that the cloud refuses as a whole, and one that waits behind it
    a.store.transaction('clerk', (db) => {
      db.run('UPDATE products SET price = -5 WHERE id = ?', product);
      db.run('UPDATE stock_levels SET qty = qty - 3000 WHERE id = ?', level);
      db.run('DELETE FROM customers WHERE id = ?', gone);
    });
    set(a.store, 'stock_levels', level, { qty: 6000 });
    await a.settle();
    const before = dump(a.store);
    const waiting = queue(a);
    expect(waiting).toHaveLength(4);
    expect(await verified(a)).toMatchObject({ equal: true });

    damage(a.store, (db) => {
      db.run('UPDATE products SET cost = 1, price = -6 WHERE id = ?', product);
      db.run('UPDATE stock_levels SET qty = qty + 111 WHERE id = ?', level);
      db.run(`INSERT INTO customers (id, store_id, name, credit_limit) VALUES (?, 'x', 'Back again', 0)`, gone);
      db.run('UPDATE _row_state SET version = 7 WHERE row_id = ?', gone);
    });
    expect(await verified(a)).toMatchObject({ equal: false, repaired: { ...none, different: 3 } });
    expect(queue(a)).toEqual(waiting);
    expect(row(a.store, 'products', product)).toMatchObject({ cost: 610, price: -5 });
    expect(row(a.store, 'stock_levels', level)?.qty).toBe(6000);
    expect(row(a.store, 'customers', gone)).toBeUndefined();
    // what is kept underneath now is what was reckoned there before
    expect(await verified(a)).toMatchObject({ equal: true });

    damage(a.store, (db) =>
      db.run(`UPDATE _shadow SET image = json_set(image, '$.cost', 2) WHERE row_id = ?`, product),
    );
    expect(await verified(a)).toMatchObject({ equal: false, repaired: { ...none, different: 1 } });
    damage(a.store, (db) => db.run('UPDATE products SET price = -7 WHERE id = ?', product));
    expect(await verified(a)).toMatchObject({ equal: false, repaired: { ...none, different: 1 } });
    expect(row(a.store, 'products', product)?.price).toBe(-5);

    // the office allows it, and everything goes up once
    await cloud.sql('alter table products drop constraint products_price_not_negative');
    const { txn } = a.store.read.get<{ txn: number }>('SELECT txn FROM _change_log WHERE state = 3') ?? { txn: 0 };
    expect(retryTxn(a.store, txn).ok).toBe(true);
    await a.settle();
    expect(queue(a)).toEqual([]);
    expect(await cloud.sql('select qty::int from stock_levels where id = $1', [level])).toEqual([{ qty: 6000 }]);
    expect(await cloud.sql('select price::int, cost::int from products where id = $1', [product])).toEqual([
      { price: -5, cost: 610 },
    ]);
    await expectEqual();
    expect(before).not.toEqual(dump(a.store));
    await cloud.sql('update products set price = 5 where price < 0');
    await cloud.sql('alter table products add constraint products_price_not_negative check (price >= 0)');
  });

  it('takes no notice of what is typed meanwhile, and that is sent once', async () => {
    const [a, b] = (await open(2)) as [TestPc, TestPc];
    const product = insert(a.store, 'products', {});
    const level = insert(a.store, 'stock_levels', { product_id: product, qty: 10_000 });
    await allSettle();
    damage(a.store, (db) => [
      db.run('UPDATE products SET name = ? WHERE id = ?', 'Wrong', product),
      db.run('UPDATE stock_levels SET qty = 9999 WHERE id = ?', level),
    ]);
    // people go on selling while each answer is on its way
    const slow = ['sync_verify', 'sync_verify_rows', 'sync_rows'].map((path) =>
      cloud.faults.add({ match: { path }, do: 'delay', ms: 200 }),
    );
    const hits = slow.map((fault) => fault.hits());
    const answer = verified(a);
    for (const [i, fault] of slow.entries()) {
      await expect.poll(() => fault.hits(), { interval: 5 }).toBeGreaterThan(hits[i] ?? 0);
      a.store.transaction('clerk', (db) => db.run('UPDATE stock_levels SET qty = qty - 1000 WHERE id = ?', level));
      insertSale(a.store, product);
    }
    expect(await answer).toMatchObject({ equal: false, repaired: { ...none, different: 2 } });
    slow.forEach((fault) => fault.remove());
    await allSettle();
    for (const pc of [a, b]) {
      expect(row(pc.store, 'stock_levels', level)?.qty).toBe(7000);
      expect(row(pc.store, 'products', product)?.name).toBe('Kape Uno');
      expect(pc.store.read.all('SELECT id FROM transactions')).toHaveLength(3);
    }
    await expectEqual();
  });
});

describe('a sale', () => {
  it('is sent between two tables, and the verification goes on', async () => {
    const [a] = (await open(1)) as [TestPc];
    const product = insert(a.store, 'products', {});
    await a.settle();
    damage(a.store, (db) => db.run('UPDATE products SET name = ? WHERE id = ?', 'Wrong', product));
    const slow = cloud.faults.add({ match: { path: 'sync_verify' }, do: 'delay', ms: 200, times: 1 });
    const order: string[] = [];
    const stop = a.store.onChange(({ tables, origin }) => {
      if (origin === 'cloud' && tables.includes('_queue')) order.push('sent');
    });
    const answer = verified(a).then((report) => {
      order.push('verified');
      return report;
    });
    await expect.poll(() => slow.hits(), { interval: 5 }).toBe(1);
    insertSale(a.store, product);
    const report = await answer;
    stop();
    expect(order).toEqual(['sent', 'verified']);
    // no table is missing, and none is there twice
    expect(report.tables.map(({ table }) => table)).toEqual(expect.arrayContaining([...a.store.read.schema.tables]));
    expect(report.tables).toHaveLength(a.store.read.schema.tables.length);
    expect(report).toMatchObject({ equal: false, repaired: { ...none, different: 1 } });
    await a.settle();
    await expectEqual();
  });
});

describe('on a busy feed', () => {
  it('receives exactly up to where the cloud answered from', async () => {
    const [a] = (await open(1)) as [TestPc];
    const ids = Array.from({ length: 40 }, (_, i) => insert(a.store, 'products', { sku: `k${i}` }));
    await a.settle();
    damage(a.store, (db) => db.run(`UPDATE products SET name = 'Wrong' WHERE id = ?`, ids[7] ?? ''));
    let busy = true;
    const office = (async () => {
      for (let i = 0; busy; i += 1) await cloud.sql('update products set cost = $1 where id = $2', [i, ids[i % 7]]);
    })();
    for (let i = 0; i < 3; i += 1) {
      expect(await verified(a)).toMatchObject({ repaired: { ...none, different: i === 0 ? 1 : 0 } });
    }
    busy = false;
    await office;
    await a.settle();
    await expectEqual();
  });
});

describe('news that come while a table is mended', () => {
  it('are no difference in the tables after it', async () => {
    const [a, b] = (await open(2)) as [TestPc, TestPc];
    const product = insert(a.store, 'products', {});
    const gone = insert(a.store, 'customers', {});
    await allSettle();
    a.store.transaction('clerk', (db) => db.run('DELETE FROM customers WHERE id = ?', gone));
    await allSettle();
    // of a deleted customer only a version is known here, so the cloud is asked about it
    const slow = cloud.faults.add({ match: { path: 'sync_rows' }, do: 'delay', ms: 500, times: 1 });
    const answer = verified(a);
    await expect.poll(() => slow.hits(), { interval: 5 }).toBe(1);
    const sale = insertSale(b.store, product);
    await b.settle();
    expect(await answer).toMatchObject({ equal: true, repaired: none });
    await a.settle();
    expect(row(a.store, 'transactions', sale)).toBeDefined();
  });
});

describe('the schedule', () => {
  it('compares what grew with an update at once', async () => {
    const [a] = (await open(1)) as [TestPc];
    const id = insert(a.store, 'customers', {});
    await a.settle();
    damage(a.store, (db) => {
      db.run(`UPDATE customers SET note = 'never sent' WHERE id = ?`, id);
      verifySoon(db, ['customers'], a.store.now());
    });
    await a.settle();
    await expect.poll(() => row(a.store, 'customers', id)?.note).toBeNull();
    expect(a.store.read.all('SELECT cause, outcome FROM _verifications')).toEqual([
      { cause: 'update', outcome: 'repaired' },
    ]);
  });
});
