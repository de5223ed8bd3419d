import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Driver from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { tableNames } from '#shared/register.ts';
import { captureProblems } from './capture.ts';
import { openDatabase, storeErrorOf } from './open-database.ts';
import { openStore } from './open-store.ts';
import { localMigrations, testStore } from './testing.ts';

const key = new Uint8Array(32).fill(7);
const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

function fresh() {
  const test = testStore();
  cleanups.push(test.cleanup);
  return test;
}
function product(id: string, price = 800) {
  return [
    'INSERT INTO products (id, sku, name, category, unit, price, cost, active) VALUES (?, ?, ?, ?, ?, ?, ?, 1)',
    id,
    `sku-${id}`,
    `Kape ${id}`,
    'coffee',
    'sachet',
    price,
    610,
  ] as const;
}
type LogRow = {
  seq: number;
  txn: number;
  table_name: string;
  op: string;
  new_values: string | null;
  old_values: string | null;
  actor: string;
  hlc: number;
  base_version: number;
};

describe('capture', () => {
  it('has a fitting trigger on every synced table', () => {
    const { file, store } = fresh();
    const raw = openDatabase({ file, key, readonly: true });
    if (!raw.ok) throw new Error(raw.error.code);
    expect(captureProblems(raw.value)).toEqual([]);
    expect(
      store.read.get<{ n: number }>(
        `SELECT count(*) n FROM sqlite_master WHERE type = 'trigger' AND name LIKE '\\_capture\\_%' ESCAPE '\\'`,
      )?.n,
    ).toBe(tableNames.length * 3);
    raw.value.close();
  });

  it('groups a transaction and keeps old and new values of what changed', () => {
    const { store } = fresh();
    store.transaction('clerk', (db) => {
      db.run(...product('a'));
      db.run(...product('b'));
    });
    store.transaction('owner', (db) => db.run('UPDATE products SET price = 850, name = name WHERE id = ?', 'a'));
    store.transaction('owner', (db) => db.run('UPDATE products SET price = 850 WHERE id = ?', 'a'));
    store.transaction('owner', (db) => db.run('DELETE FROM products WHERE id = ?', 'b'));
    const log = store.read.all<LogRow>('SELECT * FROM _change_log ORDER BY seq');
    expect(log.map((row) => [row.seq, row.txn, row.op, row.actor])).toEqual([
      [1, 1, 'I', 'clerk'],
      [2, 1, 'I', 'clerk'],
      [3, 3, 'U', 'owner'],
      [4, 4, 'D', 'owner'],
    ]);
    expect(JSON.parse(log[2]?.new_values ?? '')).toEqual({ price: 850 });
    expect(JSON.parse(log[2]?.old_values ?? '')).toEqual({ price: 800 });
    expect(JSON.parse(log[0]?.new_values ?? '')).toMatchObject({ sku: 'sku-a', brand: null, price: 800 });
    expect(JSON.parse(log[3]?.old_values ?? '')).toMatchObject({ name: 'Kape b' });
    expect(log[0]?.hlc).toBe(log[1]?.hlc);
    expect(log[2]?.hlc).toBeGreaterThan(log[1]?.hlc ?? 0);
  });

  it('leaves nothing behind when the work throws', () => {
    const { store } = fresh();
    expect(() =>
      store.transaction('clerk', (db) => {
        db.run(...product('a'));
        throw new Error('power');
      }),
    ).toThrow('power');
    expect(store.read.get<{ n: number }>('SELECT count(*) n FROM _change_log')?.n).toBe(0);
    expect(store.read.get<{ n: number }>('SELECT count(*) n FROM products')?.n).toBe(0);
  });

  it('captures what another tool writes into the file, as a transaction of its own', () => {
    const { store, file } = fresh();
    store.transaction('clerk', (db) => db.run(...product('a')));
    const other = new Driver(file);
    other.pragma("cipher = 'aegis'");
    other.key(Buffer.from(`raw:${Buffer.from(key).toString('hex')}`));
    other.prepare('UPDATE products SET price = 900').run();
    other.close();
    const row = store.read.get<LogRow>('SELECT * FROM _change_log WHERE seq = 2');
    expect(row).toMatchObject({ txn: 2, op: 'U', actor: 'external', new_values: '{"price":900}' });
  });

  it('is off while applying and on again after a failed apply', () => {
    const { store } = fresh();
    store.apply(null, (db) => db.run(...product('a')));
    expect(() =>
      store.apply(null, (db) => {
        db.run(...product('b'));
        throw new Error('crash');
      }),
    ).toThrow('crash');
    store.transaction('clerk', (db) => db.run(...product('c')));
    expect(store.read.all<LogRow>('SELECT * FROM _change_log').map((row) => row.op)).toEqual(['I']);
    expect(store.read.all<{ id: string }>('SELECT id FROM products ORDER BY id').map((row) => row.id)).toEqual([
      'a',
      'c',
    ]);
  });

  it('keeps the clock going forward when the PC believes it is 1970', () => {
    let now = 1_800_000_000_000;
    const test = testStore({ now: () => now });
    cleanups.push(test.cleanup);
    test.store.transaction('clerk', (db) => db.run(...product('a')));
    now = 5;
    test.store.transaction('clerk', (db) => db.run('UPDATE products SET price = 1'));
    const hlcs = test.store.read.all<LogRow>('SELECT * FROM _change_log ORDER BY seq').map((row) => row.hlc);
    expect(hlcs[1]).toBe((hlcs[0] ?? 0) + 1);
  });

  it('answers for what was committed also when a listener fails, and tells the others', () => {
    const { store } = fresh();
    const seen: unknown[] = [];
    store.onChange(() => {
      throw new Error('a listener of the test that fails');
    });
    store.onChange((change) => seen.push(change));
    expect(store.transaction('clerk', (db) => db.run(...product('a')).changes)).toBe(1);
    expect(seen).toHaveLength(1);
  });

  it('announces the tables once, after commit', () => {
    const { store } = fresh();
    const seen: unknown[] = [];
    store.onChange((change) => seen.push(change));
    store.transaction('clerk', (db) => db.run(...product('a')));
    store.transaction('clerk', (db) => db.get('SELECT 1'));
    expect(seen).toEqual([{ tables: ['products', '_queue'], origin: 'local' }]);
  });
});

describe('a full disk', () => {
  it('refuses the change as a whole, keeps what was saved, and goes on when there is room', () => {
    const { store } = fresh();
    store.transaction('clerk', (db) => db.run(...product('a')));
    const pages = store.read.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
    store.read.get(`PRAGMA max_page_count = ${pages + 2}`);
    const many = () =>
      store.transaction('clerk', (db) => Array.from({ length: 500 }, (_, i) => db.run(...product(`x${i}`))));
    let thrown: unknown;
    try {
      many();
    } catch (error) {
      thrown = error;
    }
    expect(storeErrorOf(thrown)?.code).toBe('disk-full');
    const count = (table: string) => store.read.get<{ n: number }>(`SELECT count(*) n FROM ${table}`)?.n;
    expect([count('products'), count('_change_log')]).toEqual([1, 1]);
    store.read.get('PRAGMA max_page_count = 1000000');
    many();
    expect([count('products'), count('_change_log')]).toEqual([501, 501]);
  });
});

describe('storeErrorOf', () => {
  it('tells what stands behind the code of the driver or of the file system', () => {
    const codes: Record<string, string> = {
      SQLITE_FULL: 'disk-full',
      ENOSPC: 'disk-full',
      SQLITE_IOERR_SHMSIZE: 'disk-full',
      SQLITE_IOERR_WRITE: 'disk-unwritable',
      SQLITE_IOERR_FSYNC: 'disk-unwritable',
      SQLITE_READONLY_DBMOVED: 'disk-unwritable',
      EROFS: 'disk-unwritable',
      EDQUOT: 'disk-unwritable',
      SQLITE_IOERR_READ: 'file-unreadable',
      SQLITE_CANTOPEN: 'file-unreadable',
      SQLITE_BUSY_SNAPSHOT: 'database-locked',
      SQLITE_CORRUPT_INDEX: 'database-corrupt',
    };
    for (const [code, expected] of Object.entries(codes))
      expect([code, storeErrorOf(Object.assign(new Error(code), { code }))?.code]).toEqual([code, expected]);
    expect(storeErrorOf(Object.assign(new Error('a bug'), { code: 'SQLITE_CONSTRAINT' }))).toBeNull();
  });
});

describe('opening', () => {
  it('finds everything again, and refuses a second opener', () => {
    const { store, file } = fresh();
    store.transaction('clerk', (db) => db.run(...product('a')));
    const second = openStore({ file, key, migrations: localMigrations });
    expect(second.ok ? null : second.error.code).toBe('database-locked');
    store.close();
    const again = openStore({ file, key, migrations: localMigrations });
    if (!again.ok) throw new Error(again.error.code);
    expect(again.value.read.get<{ n: number }>('SELECT count(*) n FROM products')?.n).toBe(1);
    again.value.close();
    cleanups.length = 0;
  });

  it('tells a wrong key from a damaged file and from a newer one, and changes neither', () => {
    const { store, file } = fresh();
    store.apply(null, (db) => db.run(`INSERT INTO _migrations VALUES ('9999_future.sql', 'x', 1)`));
    store.close();
    cleanups.length = 0;
    const bytes = readFileSync(file);
    const code = (path: string, secret: Uint8Array) => {
      const opened = openStore({ file: path, key: secret, migrations: localMigrations });
      return opened.ok ? 'opened' : opened.error.code;
    };
    expect(code(file, key)).toBe('database-newer');
    expect(code(file, new Uint8Array(32).fill(8))).toBe('database-key');
    expect(readFileSync(file).equals(bytes)).toBe(true);
    const damaged = `${file}.damaged`;
    copyFileSync(`${file}.keyid`, `${damaged}.keyid`);
    writeFileSync(damaged, Buffer.from(bytes).fill(0x5a, 0, 4096));
    expect(code(damaged, key)).toBe('database-corrupt');
  });

  it('closes a file that turns out to be damaged, and lets go of it', () => {
    const { store, file } = fresh();
    store.transaction('clerk', (db) => Array.from({ length: 500 }, (_, i) => db.run(...product(`p${i}`))));
    store.close();
    cleanups.length = 0;
    const bytes = readFileSync(file);
    const open = () => openStore({ file, key, migrations: localMigrations });
    const refused = new Set<string>();
    let opened = 0;
    // page after page, a bit of it: nobody looks at all of them at the start
    for (let at = 4096 + 77; at < bytes.length; at += 5 * 4096) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
      writeFileSync(file, damaged);
      const result = open();
      if (result.ok) {
        opened += 1;
        result.value.close();
      } else {
        refused.add(result.error.code);
      }
    }
    expect(opened).toBeGreaterThan(0);
    expect([...refused]).toEqual(['database-corrupt']);
    writeFileSync(file, bytes);
    const whole = open();
    if (!whole.ok) throw new Error(whole.error.code);
    whole.value.close();
  });

  it('says that the disk is full when a migration finds no room, and migrates when there is some', () => {
    const { store, file, folder } = fresh();
    store.close();
    cleanups.length = 0;
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const migrations = join(folder, 'migrations');
    cpSync(localMigrations, migrations, { recursive: true });
    const next = String(readdirSync(migrations).length + 1).padStart(4, '0');
    const grow = `CREATE TABLE grown (x TEXT);
      INSERT INTO grown WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT hex(zeroblob(5000)) FROM n;`;
    writeFileSync(join(migrations, `${next}_grow.sql`), `PRAGMA max_page_count = 1; ${grow}`);
    const refused = openStore({ file, key, migrations });
    expect(refused.ok ? 'opened' : refused.error.code).toBe('disk-full');
    writeFileSync(join(migrations, `${next}_grow.sql`), grow);
    const again = openStore({ file, key, migrations });
    if (!again.ok) throw new Error(again.error.code);
    expect(again.value.read.get<{ n: number }>('SELECT count(*) n FROM grown')?.n).toBe(100);
    again.value.close();
  });

  it('opens after a power cut that left the id of the key half written, and mends it', () => {
    const { store, file } = fresh();
    store.close();
    cleanups.length = 0;
    const id = readFileSync(`${file}.keyid`, 'utf8');
    writeFileSync(`${file}.keyid`, '');
    const again = openStore({ file, key, migrations: localMigrations });
    if (!again.ok) throw new Error(again.error.code);
    again.value.close();
    expect(readFileSync(`${file}.keyid`, 'utf8')).toBe(id);
  });

  it('does not show its content without the key', () => {
    const { store, file } = fresh();
    store.transaction('clerk', (db) => db.run(...product('a')));
    store.close();
    cleanups.length = 0;
    const text = readFileSync(file).toString('latin1');
    expect(text).not.toContain('SQLite format 3');
    expect(text).not.toContain('Kape');
  });
});
