/** Puts a simulated cloud back to how it was: right after its migrations, which is many times faster than a new database, or at a later moment. */
import type { Client } from 'pg';

const schemas = `('public', 'sync', 'realtime', 'auth')`;

/** Remembers what is in the database now, in a schema of its own; answers the SQL that brings it back. */
export async function rememberState(admin: Client, memory: 'beginning' | 'kept'): Promise<string> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ${schemas} and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  const restore: string[] = [];
  await admin.query(`drop schema if exists ${memory} cascade; create schema ${memory}`);
  for (const [i, { name }] of tables.entries()) {
    const { rows } = await admin.query(`select 1 from ${name} limit 1`);
    if (rows.length === 0) continue;
    await admin.query(`create table ${memory}.t${i} as table ${name}`);
    restore.push(`insert into ${name} overriding system value select * from ${memory}.t${i}`);
  }
  const { rows: sequences } = await admin.query<{ name: string; last: string | null; start: string }>(
    `select format('%I.%I', schemaname, sequencename) as name, last_value::text as last, start_value::text as start
     from pg_sequences where schemaname in ${schemas} order by 1`,
  );
  for (const { name, last, start } of sequences)
    restore.push(`select setval('${name}', ${last ?? start}, ${last !== null})`);
  return [
    `set session_replication_role = replica`,
    `truncate ${tables.map(({ name }) => name).join(', ')} cascade`,
    ...restore,
    `set session_replication_role = origin`,
  ].join(';\n');
}
