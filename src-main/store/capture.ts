/**
 * Change data capture: triggers generated from the register and the live schema. They use nothing that the app would have to
 * register first, so a change made by any tool that writes the file is captured too.
 */
import type { TableName } from '#shared/register.ts';
import type { RawDatabase } from './open-database.ts';
import { appSchema, type Schema } from './schema.ts';

type Trigger = { readonly name: string; readonly sql: string };

/*
 * `base_version` is the cloud's version under the first change of the row that is not confirmed yet: that is what the person who changes it
 * again has seen, even if a newer one has arrived underneath since. Owed changes (state 1) touch only columns that the cloud does not know.
 */
/** The three capture triggers of a table whose live columns (without `id`) are given. */
export function captureTriggers(table: TableName, columns: readonly string[]): Trigger[] {
  const object = (row: 'NEW' | 'OLD') =>
    `json_object(${columns.map((name) => `'${name}', ${row}."${name}"`).join(', ')})`;
  const changed = columns.map((name) => `NEW."${name}" IS NOT OLD."${name}"`);
  const changedObject = (row: 'NEW' | 'OLD') =>
    `(SELECT json_group_object(k, v) FROM (${columns
      .map((name, i) => `SELECT '${name}' AS k, ${row}."${name}" AS v WHERE ${changed[i]}`)
      .join(' UNION ALL ')}))`;
  const enabled = '(SELECT enabled FROM _capture WHERE id = 1)';
  return [
    trigger(table, 'I', `AFTER INSERT ON "${table}" WHEN ${enabled}`, logRow(table, 'NEW', 'I', object('NEW'), 'NULL')),
    trigger(
      table,
      'U',
      `AFTER UPDATE ON "${table}" WHEN ${enabled} AND (NEW.id IS NOT OLD.id OR ${changed.join(' OR ')})`,
      `SELECT raise(ABORT, 'the id of a row cannot change') WHERE NEW.id IS NOT OLD.id;\n  ` +
        logRow(table, 'NEW', 'U', changedObject('NEW'), changedObject('OLD')),
    ),
    trigger(table, 'D', `AFTER DELETE ON "${table}" WHEN ${enabled}`, logRow(table, 'OLD', 'D', 'NULL', object('OLD'))),
  ];
}

function trigger(table: TableName, op: string, when: string, body: string): Trigger {
  const name = `_capture_${table}_${op}`;
  return { name, sql: `CREATE TRIGGER "${name}" ${when} BEGIN\n  ${body}\nEND` };
}

function logRow(table: TableName, row: 'NEW' | 'OLD', op: string, newValues: string, oldValues: string): string {
  const now = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
  return `INSERT INTO _change_log (txn, table_name, row_id, op, new_values, old_values, base_version, hlc, actor, at, key)
  SELECT coalesce(c.txn, (SELECT max(seq) + 1 FROM _change_log), 1), '${table}', ${row}.id, '${op}', ${newValues}, ${oldValues},
    coalesce((SELECT min(base_version) FROM _change_log WHERE state < 4 AND state <> 1 AND table_name = '${table}' AND row_id = ${row}.id),
      (SELECT version FROM _row_state WHERE table_name = '${table}' AND row_id = ${row}.id), 0),
    CASE WHEN c.txn IS NULL THEN max(c.hlc + 1, ${now} * 1000) ELSE c.hlc END, coalesce(c.actor, 'external'), coalesce(c.at, ${now}),
    CASE WHEN c.txn <= (SELECT max(seq) FROM _change_log) THEN NULL ELSE lower(hex(randomblob(8))) END
  FROM _capture c WHERE c.id = 1;`;
}

function liveColumns(raw: RawDatabase, table: TableName): string[] {
  const rows = raw.prepare('SELECT name FROM pragma_table_info(?)').all(table) as { name: string }[];
  return rows.map((row) => row.name).filter((name) => name !== 'id');
}

/** What is wrong with the capture of each synced table: empty when every trigger is there and fits the live schema. */
export function captureProblems(raw: RawDatabase, schema: Schema = appSchema): string[] {
  const present = new Map(
    (
      raw
        .prepare(
          `SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '\\_capture\\_%' ESCAPE '\\'`,
        )
        .all() as Trigger[]
    ).map(({ name, sql }) => [name, sql]),
  );
  const problems: string[] = [];
  for (const table of schema.tables) {
    const columns = liveColumns(raw, table);
    const missing = schema.columnsOf(table).filter((name) => !columns.includes(name));
    if (missing.length > 0) problems.push(`${table} lacks ${missing.join(', ')}`);
    for (const { name, sql } of captureTriggers(table, columns)) {
      const found = present.get(name);
      if (found === undefined) problems.push(`${name} is missing`);
      else if (found !== sql) problems.push(`${name} is stale`);
      present.delete(name);
    }
  }
  return [...problems, ...[...present.keys()].map((name) => `${name} belongs to no synced table`)];
}

/** Replaces all capture triggers by those of the live schema, in one transaction. */
export function installCapture(raw: RawDatabase, schema: Schema = appSchema): void {
  raw.exec('BEGIN IMMEDIATE');
  const old = raw
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '\\_capture\\_%' ESCAPE '\\'`)
    .all() as Trigger[];
  for (const { name } of old) raw.exec(`DROP TRIGGER "${name}"`);
  for (const table of schema.tables)
    for (const { sql } of captureTriggers(table, liveColumns(raw, table))) raw.exec(sql);
  raw.exec('COMMIT');
}
