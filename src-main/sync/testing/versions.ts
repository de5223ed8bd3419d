/** Other versions of the app, for tests: a register with more tables and columns, and the local migration that makes them. */
import { cpSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register, type Column, type Register, type SyncedTable } from '#shared/register.ts';
import { localMigrations } from '#main/store/testing.ts';

export type AppVersion = { readonly register: Register; readonly migrations: string };

/** The next version of the app: `columns` more by table, and whole `tables` more. The caller removes the folder of migrations. */
export function nextVersion(
  sql: string,
  columns: Readonly<Record<string, Readonly<Record<string, Column>>>>,
  tables: Register = {},
): AppVersion {
  const migrations = mkdtempSync(join(tmpdir(), 'pulser-version-'));
  cpSync(localMigrations, migrations, { recursive: true });
  const number = readdirSync(migrations).filter((name) => name.endsWith('.sql')).length + 1;
  writeFileSync(join(migrations, `${String(number).padStart(4, '0')}_next.sql`), sql);
  const grown = Object.entries<SyncedTable>(register).map(([name, table]): [string, SyncedTable] => [
    name,
    { ...table, columns: { ...table.columns, ...columns[name] } },
  ]);
  return { register: { ...Object.fromEntries(grown), ...tables }, migrations };
}
