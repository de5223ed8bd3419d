import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client, DatabaseError } from 'pg';

type SqlFile = { readonly name: string; readonly sql: string; readonly checksum: string };

/** Reads the .sql files of a folder in the order of their names. A missing folder is an error, an empty one is not. */
export async function readSqlFiles(folder: string): Promise<SqlFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    names.map(async (name) => {
      // Git may check files out with other line ends; that is no change of a migration.
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Runs the platform's own files: what a hosted project has before its first migration. Needs the superuser, runs once. */
export async function createPlatform(
  adminUrl: string,
  folder: string,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('begin');
    for (const file of await readSqlFiles(folder)) await runFile(client, file);
    for (const role of ['postgres', 'authenticator']) {
      await client.query(`alter role ${role} password ${client.escapeLiteral(passwords[role] ?? '')}`);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
}

/** Whether the platform's files have been run on this cluster. */
export async function hasPlatform(adminUrl: string): Promise<boolean> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_namespace where nspname = 'supabase_migrations'");
    return rowCount === 1;
  } finally {
    await client.end();
  }
}

/**
 * Applies the migrations of a folder that were not applied yet, each in one transaction, as the role of `url` (not a
 * superuser). Answers the names it applied.
 * @throws Error when a migration fails (with file and line) or a file that was applied has changed or vanished
 */
export async function migrate(url: string, folder: string): Promise<string[]> {
  const files = await readSqlFiles(folder);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create table if not exists supabase_migrations.schema_migrations (
      version text primary key, checksum text not null, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ version: string; checksum: string }>(
      'select version, checksum from supabase_migrations.schema_migrations order by version',
    );
    const applied = new Map(rows.map((row) => [row.version, row.checksum]));
    refuseChangedFiles(files, applied);
    const missing = files.filter((file) => !applied.has(file.name));
    for (const file of missing) await applyOne(client, file);
    return missing.map((file) => file.name);
  } finally {
    await client.end();
  }
}

function refuseChangedFiles(files: readonly SqlFile[], applied: ReadonlyMap<string, string>): void {
  const present = new Map(files.map((file) => [file.name, file.checksum]));
  for (const [name, checksum] of applied) {
    const now = present.get(name);
    if (now === checksum) continue;
    const what = now === undefined ? 'is missing' : 'has changed';
    throw new Error(
      `The migration ${name} ${what} since it was applied to this local cloud. Shipped migrations never change: add a new one, or delete the cloud's data folder to start anew.`,
    );
  }
  const last = [...applied.keys()].at(-1);
  const late = files.find((file) => last !== undefined && file.name < last && !applied.has(file.name));
  if (late)
    throw new Error(
      `The migration ${late.name} comes before ${last}, which is applied already. Give it a higher number.`,
    );
}

async function applyOne(client: Client, file: SqlFile): Promise<void> {
  await client.query('begin');
  try {
    await runFile(client, file);
    await client.query('insert into supabase_migrations.schema_migrations (version, checksum) values ($1, $2)', [
      file.name,
      file.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function runFile(client: Client, file: SqlFile): Promise<void> {
  try {
    await client.query(file.sql);
  } catch (cause) {
    if (!(cause instanceof DatabaseError)) throw cause;
    const at =
      cause.position === undefined ? '' : `:${file.sql.slice(0, Number(cause.position) - 1).split('\n').length}`;
    const more = [cause.detail, cause.hint, cause.where].filter(Boolean).join('\n');
    throw new Error(`${file.name}${at}: ${cause.message} (${cause.code})${more ? `\n${more}` : ''}`, { cause });
  }
}
