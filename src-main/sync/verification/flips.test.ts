import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { tableNames, tableOf, type TableName } from '#shared/register.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import { openStore } from '#main/store/open-store.ts';
import { localMigrations, testStore } from '#main/store/testing.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import { insert, insertSale, set } from '../testing/rows.ts';
import { createTestShop } from '../testing/shop.ts';
import { killedPc, type TestPc } from '../testing/pc.ts';

let cloud: TestCloud;
const { pcs, open, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

/** Numbers that look like chance and are the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One byte of a text, or the number, becomes another one. */
function flipped(value: unknown, roll: (below: number) => number): string | number {
  if (typeof value === 'number') return value + 1 + roll(9);
  const bytes = Buffer.from(typeof value === 'string' && value !== '' ? value : 'x');
  const at = roll(bytes.length);
  bytes[at] = ((bytes[at] ?? 0) + 1 + roll(20)) % 127 || 33;
  return bytes.toString('latin1');
}

const kinds = [
  'value',
  'value',
  'value',
  'missing',
  'extra',
  'version',
  'deleted',
  'state gone',
  'tombstone',
  'shadow',
] as const;

/** Does one of these things to one row of the replica; answers what, or null when there was nothing to do it to. */
function damage(store: Store, roll: (below: number) => number): string | null {
  const kind = kinds[roll(kinds.length)];
  const table = tableNames[roll(tableNames.length)] as TableName;
  return store.apply(null, (db) => {
    const ids = db.all<{ id: string }>(`SELECT id FROM "${table}" ORDER BY id`);
    const id = ids[roll(ids.length)]?.id;
    if (kind === 'tombstone') {
      const dead = db.all<{ id: string }>('SELECT row_id AS id FROM _row_state WHERE deleted > 0 ORDER BY row_id');
      const one = dead[roll(dead.length)]?.id;
      if (!one) return null;
      db.run(`UPDATE _row_state SET ${roll(2) ? 'version = version + 3' : 'deleted = 0'} WHERE row_id = ?`, one);
      return `${kind} ${one}`;
    }
    if (kind === 'shadow') {
      const [one] = db.all<{ id: string }>(`SELECT row_id AS id FROM _shadow WHERE image IS NOT NULL LIMIT 1`);
      if (!one) return null;
      db.run(`UPDATE _shadow SET image = json_set(image, '$.name', 'Somebody') WHERE row_id = ?`, one.id);
      return `${kind} ${one.id}`;
    }
    return id === undefined ? null : `${kind} ${table} ${change(db, kind, table, id, roll)}`;
  });
}

function change(
  db: WritableDb,
  kind: string | undefined,
  table: TableName,
  id: string,
  roll: (below: number) => number,
): string {
  const columns = Object.entries(tableOf(table).columns).filter(([, { type }]) => type !== 'bool');
  switch (kind) {
    case 'missing':
      db.run(`DELETE FROM "${table}" WHERE id = ?`, id);
      break;
    case 'extra': {
      const names = Object.keys(tableOf(table).columns).map((name) => `"${name}"`);
      db.run(
        `INSERT INTO "${table}" (id, ${names.join()}) SELECT ?, ${names.join()} FROM "${table}" WHERE id = ?`,
        crypto.randomUUID(),
        id,
      );
      break;
    }
    case 'version':
      db.run(
        'UPDATE _row_state SET version = version + ? WHERE table_name = ? AND row_id = ?',
        roll(2) ? 1 : -1,
        table,
        id,
      );
      break;
    case 'deleted':
      db.run('UPDATE _row_state SET deleted = 1 WHERE table_name = ? AND row_id = ?', table, id);
      break;
    case 'state gone':
      db.run('DELETE FROM _row_state WHERE table_name = ? AND row_id = ?', table, id);
      break;
    default: {
      const [column = ''] = columns[roll(columns.length)] ?? [];
      const value = db.get<{ value: unknown }>(`SELECT "${column}" AS value FROM "${table}" WHERE id = ?`, id)?.value;
      const number = ['int', 'money', 'qty', 'time'].includes(tableOf(table).columns[column]?.type ?? '');
      db.run(`UPDATE "${table}" SET "${column}" = ? WHERE id = ?`, flipped(number ? (value ?? 0) : value, roll), id);
      return `${column} ${id}`;
    }
  }
  return id;
}

/** All that this PC believes of the cloud, what it shows, and its queue. */
function dump(store: Store): string {
  const tables = tableNames.map((table) => store.read.all(`SELECT * FROM "${table}" ORDER BY id`));
  const states = store.read.all(
    'SELECT table_name, row_id, version, deleted > 0 AS deleted FROM _row_state ORDER BY table_name, row_id',
  );
  return JSON.stringify([tables, states, store.read.all('SELECT * FROM _change_log WHERE state < 4 ORDER BY seq')]);
}

describe('a replica with one wrong thing in it', () => {
  it('is found wrong and made right, sixty times, while changes wait on it that are sent once in the end', async () => {
    const [a] = (await open(1)) as [TestPc];
    const products = Array.from({ length: 12 }, (_, i) =>
      insert(a.store, 'products', { sku: `k${i}`, brand: i % 2 ? 'Uno' : null }),
    );
    const customers = Array.from({ length: 6 }, (_, i) =>
      insert(a.store, 'customers', { name: `Ñ ${i}`, note: i % 2 ? 'suki' : null }),
    );
    for (const product of products.slice(0, 6)) insertSale(a.store, product);
    const level = insert(a.store, 'stock_levels', { product_id: products[0] ?? '', qty: 9000 });
    a.store.transaction('clerk', (db) => db.run('DELETE FROM customers WHERE id = ?', customers[5] ?? ''));
    await a.settle();
    // refused by the cloud, and what was done on top of that
    a.store.transaction('clerk', (db) => {
      db.run('UPDATE products SET price = -1 WHERE id = ?', products[0] ?? '');
      db.run(`UPDATE customers SET phone = '1' WHERE id = ?`, customers[0] ?? '');
      db.run('UPDATE stock_levels SET qty = qty - 500 WHERE id = ?', level);
    });
    set(a.store, 'customers', customers[0] ?? '', { address: 'Tondo' });
    await a.settle();
    await cloud.sql(`update customers set credit_limit = 77 where id = $1`, [customers[0]]);
    await a.settle();
    await expectEqual();
    const right = dump(a.store);
    const roll = dice(20_261_123);
    for (let done = 0; done < 60;) {
      const what = damage(a.store, roll);
      if (what === null) continue;
      done += 1;
      const found = await a.daemon.verify();
      expect({ what, found: found.ok && found.value.equal }).toEqual({ what, found: false });
      expect({ what, now: dump(a.store) }).toEqual({ what, now: right });
    }
    await expectEqual();
    await cloud.sql('alter table products drop constraint products_price_not_negative');
    a.store.apply({ tables: ['_queue'], origin: 'local' }, (db) =>
      db.run('UPDATE _change_log SET state = 0 WHERE state IN (2, 3)'),
    );
    await a.settle();
    expect(await cloud.sql('select qty::int from stock_levels where id = $1', [level])).toEqual([{ qty: 8500 }]);
    expect(
      await cloud.sql('select phone, address, credit_limit::int from customers where id = $1', [customers[0]]),
    ).toEqual([{ phone: '1', address: 'Tondo', credit_limit: 77 }]);
    await expectEqual();
  });
});

describe('a byte of the file itself', () => {
  const key = new Uint8Array(32).fill(7);

  /** What comes of reading all customers of a damaged file: the rows as text, or what the store says. */
  function read(file: string): string {
    const opened = openStore({ file, key, migrations: localMigrations });
    if (!opened.ok) return opened.error.code;
    try {
      return JSON.stringify(opened.value.read.all('SELECT * FROM customers ORDER BY id'));
    } catch (error) {
      return storeErrorOf(error)?.code ?? String(error);
    } finally {
      opened.value.close();
    }
  }

  it('is never read as something else: the store says that it is damaged', () => {
    const { store, file, folder } = testStore();
    for (let i = 0; i < 300; i += 1) {
      store.apply(null, (db) =>
        db.run(
          `INSERT INTO customers (id, store_id, name, credit_limit, note) VALUES (?, 's', ?, 0, ?)`,
          `id${i}`,
          `name ${i}`,
          'n'.repeat(200),
        ),
      );
    }
    store.close();
    const bytes = readFileSync(file);
    const truth = read(file);
    const roll = dice(7);
    const damaged = `${file}.damaged`;
    copyFileSync(`${file}.keyid`, `${damaged}.keyid`);
    const seen = Array.from({ length: 120 }, () => {
      const copy = Buffer.from(bytes);
      const at = roll(copy.length);
      copy[at] = ((copy[at] ?? 0) + 1 + roll(254)) % 256;
      writeFileSync(damaged, copy);
      return read(damaged);
    });
    // a page that nobody asks for may be damaged: what is read is right, or it is no answer
    expect(new Set(seen)).toEqual(new Set([truth, 'database-corrupt']));
    expect(seen.filter((each) => each !== truth).length).toBeGreaterThan(20);
    rmSync(folder, { recursive: true });
  });

  it('ends a verification with just that, and the state of the PC says it', async () => {
    const [a] = (await open(1)) as [TestPc];
    for (let i = 0; i < 200; i += 1) insert(a.store, 'customers', { name: `name ${i}`, note: 'n'.repeat(300) });
    await a.settle();
    await a.daemon.stop();
    a.store.read.all('PRAGMA wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(a.file);
    const damaged = `${a.file}.damaged`;
    const roll = dice(3);
    const seen: string[] = [];
    while (!seen.includes('database-corrupt, and so says the state')) {
      const copy = Buffer.from(bytes);
      const at = roll(copy.length);
      copy[at] = (copy[at] ?? 0) ^ 1;
      writeFileSync(damaged, copy);
      seen.push(await verifyDamaged(damaged));
    }
    for (const each of seen) {
      expect(['equal', 'database-corrupt at once', 'database-corrupt, and so says the state']).toContain(each);
    }
  });

  async function verifyDamaged(file: string): Promise<string> {
    let pc: TestPc;
    try {
      pc = killedPc(cloud, { file }, { intervalMs: 60_000 });
    } catch (error) {
      return error instanceof Error && error.message.startsWith('database-corrupt')
        ? 'database-corrupt at once'
        : String(error);
    }
    pcs.push(pc);
    pc.daemon.start();
    const answer = await pc.daemon.verify();
    const state = pc.daemon.status().failure?.code;
    await pc.daemon.stop();
    if (answer.ok) return answer.value.equal ? 'equal' : JSON.stringify(answer.value);
    return answer.error.code === state
      ? `${state}, and so says the state`
      : `${answer.error.code}, the state says ${state}`;
  }
});
