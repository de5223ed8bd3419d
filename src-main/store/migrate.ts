import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { RawDatabase } from './open-database.ts';

type Migration = { readonly name: string; readonly sql: string; readonly checksum: string };

/** Reads the migrations of a folder in order. A wrong or doubled number is a bug of the release and thrown. */
export function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
  names.forEach((name, index) => {
    if (Number(name.slice(0, 4)) !== index + 1) throw new Error(`Migration ${name} breaks the numbering in ${folder}`);
  });
  return names.map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/**
 * Brings a file to the newest schema: forward only, one transaction each, recorded with a checksum. Answers whether anything
 * was applied; `database-newer` when the file knows a migration that this program does not.
 */
export function migrate(raw: RawDatabase, migrations: readonly Migration[], now: number): Result<boolean, AppError> {
  raw.exec(
    'CREATE TABLE IF NOT EXISTS _migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
  );
  const applied = raw.prepare('SELECT name, checksum FROM _migrations ORDER BY name').all() as {
    name: string;
    checksum: string;
  }[];
  for (const [index, { name, checksum }] of applied.entries()) {
    const known = migrations[index];
    if (!known || known.name !== name) return fail(appError('database-newer', name));
    if (known.checksum !== checksum) throw new Error(`Migration ${name} was changed after it had been applied`);
  }
  const missing = migrations.slice(applied.length);
  const record = raw.prepare('INSERT INTO _migrations (name, checksum, applied_at) VALUES (?, ?, ?)');
  for (const migration of missing) {
    raw.exec('BEGIN IMMEDIATE');
    try {
      raw.exec(migration.sql);
      record.run(migration.name, migration.checksum, now);
      raw.exec('COMMIT');
    } catch (error) {
      // after a full disk SQLite has rolled back by itself
      if (raw.inTransaction) raw.exec('ROLLBACK');
      throw error;
    }
  }
  return ok(missing.length > 0);
}
