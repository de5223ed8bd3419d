import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { migrate, readMigrations } from './migrate.ts';
import { openDatabase } from './open-database.ts';
import { localMigrations } from './testing.ts';

it('gives the waiting work of the version before keys, and this PC a first identity', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pulser-store-'));
  const opened = openDatabase({ file: join(folder, 'store.db'), key: null });
  if (!opened.ok) throw new Error(opened.error.code);
  const raw = opened.value;
  const migrations = readMigrations(localMigrations);
  const at = migrations.findIndex(({ name }) => name === '0004_lineage.sql');
  migrate(raw, migrations.slice(0, at), 0);
  raw.prepare(`INSERT INTO _meta (key, value) VALUES ('identity', '{"deviceId":"d","storeId":"s","counter":1}')`).run();
  const write = raw.prepare(
    `INSERT INTO _change_log (txn, table_name, row_id, op, new_values, base_version, hlc, actor, at, state) VALUES (?, 'products', 'p', 'U', '{}', 1, ?, 'x', 0, ?)`,
  );
  // one that is confirmed, one of two operations that waits, one that was refused
  for (const [txn, hlc, state] of [
    [1, 1000, 4],
    [2, 2000, 0],
    [2, 2000, 0],
    [4, 3000, 3],
  ] as const) {
    write.run(txn, hlc, state);
  }
  expect(migrate(raw, migrations, 0)).toEqual({ ok: true, value: true });
  expect(raw.prepare('SELECT key, batch FROM _change_log ORDER BY seq').all()).toEqual([
    { key: null, batch: null },
    { key: '00000000000007d0', batch: null },
    { key: null, batch: null },
    { key: '0000000000000bb8', batch: null },
  ]);
  expect(raw.prepare('SELECT device_id, store_id, start FROM _identities').all()).toEqual([
    { device_id: 'd', store_id: 's', start: 0 },
  ]);
  raw.close();
  rmSync(folder, { recursive: true, force: true });
});
