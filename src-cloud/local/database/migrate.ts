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

/** Name under which the functions stand among the applied migrations. */
const functionsName = 'functions';

/**
 * Brings a database to what a folder describes, as the role of `url` (not a superuser): first the migrations (`NNNN_name.sql`) that were
 * not applied yet, each once and in one transaction; then, when anything was new or one of them changed, all files of its subfolder
 * `functions/` in one transaction. Those describe what may be described again (functions, triggers, policies), so they are edited in
 * place. Answers the names it applied.
 * @throws Error when a file fails (with file and line) or a migration that was applied has changed or vanished
 */
export async function migrate(url: string, folder: string): Promise<string[]> {
  const files = await readSqlFiles(folder);
  refuseSharedNumbers(files);
  const functions = await readFunctions(folder);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create table if not exists supabase_migrations.schema_migrations (
      version text primary key, checksum text not null, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ version: string; checksum: string }>(
      'select version, checksum from supabase_migrations.schema_migrations order by version',
    );
    const applied = new Map(rows.map((row) => [row.version, row.checksum]));
    const described = applied.get(functionsName);
    applied.delete(functionsName);
    refuseChangedFiles(files, applied, await readReplaced(folder));
    const missing = files.filter((file) => !applied.has(file.name));
    for (const file of missing) await applyOne(client, file);
    const names = missing.map((file) => file.name);
    if (functions.files.length === 0 || (names.length === 0 && described === functions.checksum)) return names;
    await applyFunctions(client, functions);
    return [...names, functionsName];
  } finally {
    await client.end();
  }
}

/** Two files of one number would run in an order that nobody chose. */
function refuseSharedNumbers(files: readonly SqlFile[]): void {
  files.forEach(({ name }, i) => {
    const before = files[i - 1]?.name;
    if (before?.slice(0, 4) === name.slice(0, 4))
      throw new Error(`${before} and ${name} have the same number. Give the newer one the next free number.`);
  });
}

type Functions = { readonly files: readonly SqlFile[]; readonly checksum: string };

async function readFunctions(folder: string): Promise<Functions> {
  const inside = join(folder, functionsName);
  const files = (await readdir(folder)).includes(functionsName) ? await readSqlFiles(inside) : [];
  const hash = createHash('sha256');
  for (const { name, checksum } of files) hash.update(`${name} ${checksum}\n`);
  return { files, checksum: hash.digest('hex') };
}

async function applyFunctions(client: Client, { files, checksum }: Functions): Promise<void> {
  await client.query('begin');
  try {
    for (const file of files) await runFile(client, file);
    await client.query(
      `insert into supabase_migrations.schema_migrations (version, checksum) values ($1, $2)
       on conflict (version) do update set checksum = excluded.checksum, applied_at = now()`,
      [functionsName, checksum],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Migrations of earlier versions that are described in `functions/` now: where they were applied, they may be missing. */
async function readReplaced(folder: string): Promise<ReadonlySet<string>> {
  const text = (await readdir(folder)).includes('replaced.txt')
    ? await readFile(join(folder, 'replaced.txt'), 'utf8')
    : '';
  return new Set(text.split(/\s+/).filter((name) => name !== ''));
}

function refuseChangedFiles(
  files: readonly SqlFile[],
  applied: ReadonlyMap<string, string>,
  replaced: ReadonlySet<string>,
): void {
  const present = new Map(files.map((file) => [file.name, file.checksum]));
  for (const [name, checksum] of applied) {
    const now = present.get(name);
    if (now === checksum || (now === undefined && replaced.has(name))) continue;
    const what = now === undefined ? 'is missing' : 'has changed';
    throw new Error(
      `The migration ${name} ${what} since it was applied to this local cloud. Shipped migrations never change: add a new one, or delete the cloud's data folder to start anew.`,
    );
  }
  // what functions/ has taken over had numbers that were given again
  const last = [...applied.keys()].filter((name) => !replaced.has(name)).at(-1);
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
