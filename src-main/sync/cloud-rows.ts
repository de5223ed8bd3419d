/** Puts the cloud's rows under what this PC shows, without touching what is not confirmed yet. */
import type { TableName } from '#shared/register.ts';
import { rebase, unrebase, type Values } from '#shared/sync/rebase.ts';
import type { Schema } from '#main/store/schema.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import { forgetKept, keepUnknown } from './kept-aside.ts';
import type { Operation } from './sections.ts';
import { knownValues, type Image, type Shape } from './shapes.ts';

/** Columns of a table whose values come together. */
type Columns = { readonly table: TableName; readonly columns: readonly string[] };

const upserts = new WeakMap<Columns, string>();

function upsertSql(db: ReadableDb, columns: Columns): string {
  let sql = upserts.get(columns);
  if (!sql) {
    const { table } = columns;
    const names = columns.columns.map((name) => `"${name}"`);
    const rest = neutralValues(db, columns);
    sql = `INSERT INTO "${table}" (id, ${[...names, ...rest.map(({ name }) => `"${name}"`)].join(', ')})
      VALUES (?${', ?'.repeat(names.length)}${rest.map(({ value }) => `, ${value}`).join('')})
      ON CONFLICT (id) DO ${names.length === 0 ? 'NOTHING' : `UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`}`;
    upserts.set(columns, sql);
  }
  return sql;
}

/** Columns that a new row must fill although nobody told their value: the cloud does not have them (any more). Existing rows keep theirs. */
function neutralValues(db: ReadableDb, { table, columns }: Columns): { name: string; value: string }[] {
  return db
    .all<{ name: string; type: string }>(
      'SELECT name, type FROM pragma_table_info(?) WHERE "notnull" = 1 AND dflt_value IS NULL AND pk = 0',
      table,
    )
    .filter(({ name }) => !columns.includes(name))
    .map(({ name, type }) => ({ name, value: type === 'TEXT' ? "''" : '0' }));
}

/** A row of the feed as far as its version goes. */
export type RowVersion = {
  readonly table: TableName;
  readonly id: string;
  readonly version: number;
  readonly deleted: boolean;
};

/** Takes versions of the feed into account, in their order; says for each whether it was newer than what this PC had seen. */
export function takeVersions(db: WritableDb, rows: readonly RowVersion[]): boolean[] {
  const newest = new Map<string, RowVersion>();
  for (const [table, list] of groupByTable(rows)) {
    const known = db.all<{ id: string; version: number; deleted: number }>(
      `SELECT row_id AS id, version, deleted FROM _row_state WHERE table_name = ? AND row_id IN (SELECT value FROM json_each(?))`,
      table,
      JSON.stringify(list.map(({ id }) => id)),
    );
    for (const { id, version, deleted } of known) newest.set(table + id, { table, id, version, deleted: deleted > 0 });
  }
  const taken = new Map<string, RowVersion>();
  const newer = rows.map((row) => {
    const key = row.table + row.id;
    if (row.version <= (newest.get(key)?.version ?? 0)) return false;
    newest.set(key, row);
    taken.set(key, row);
    return true;
  });
  for (const [table, list] of groupByTable([...taken.values()])) {
    db.run(
      `INSERT INTO _row_state (table_name, row_id, version, deleted) SELECT ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
       ON CONFLICT (table_name, row_id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted`,
      table,
      JSON.stringify(list.map(({ id, version, deleted }) => [id, version, deleted ? 1 : 0])),
    );
  }
  return newer;
}

function groupByTable(rows: readonly RowVersion[]): Map<TableName, RowVersion[]> {
  const groups = new Map<TableName, RowVersion[]>();
  for (const row of rows) {
    const group = groups.get(row.table);
    if (group) group.push(row);
    else groups.set(row.table, [row]);
  }
  return groups;
}

/** Takes the versions that the cloud answered for rows that were sent: [id, version] each. */
export function noteVersions(
  db: WritableDb,
  table: TableName,
  rows: readonly (readonly [string, number])[],
  deleted: boolean,
): void {
  db.run(
    `INSERT INTO _row_state (table_name, row_id, version, deleted) SELECT ?, value ->> 0, value ->> 1, ? FROM json_each(?) WHERE true
     ON CONFLICT (table_name, row_id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted WHERE excluded.version > version`,
    table,
    deleted ? 1 : 0,
    JSON.stringify(rows),
  );
}

/** Takes the versions of a snapshot, [id, version, ...] each, whatever was known before. */
export function setVersions(db: WritableDb, table: TableName, rows: readonly (readonly unknown[])[]): void {
  db.run(
    `INSERT INTO _row_state (table_name, row_id, version, deleted) SELECT ?, value ->> 0, value ->> 1, 0 FROM json_each(?) WHERE true
     ON CONFLICT (table_name, row_id) DO UPDATE SET version = excluded.version, deleted = 0`,
    table,
    JSON.stringify(rows.map(([id, version]) => [id, version])),
  );
}

/** Forgets what was known of rows that are not here any more. */
export function forgetVersions(db: WritableDb, table: TableName, rowIds: readonly string[]): void {
  if (rowIds.length === 0) return;
  db.run(
    'DELETE FROM _row_state WHERE table_name = ? AND row_id IN (SELECT value FROM json_each(?))',
    table,
    JSON.stringify(rowIds),
  );
}

/** The newest version of a row that this PC has seen; 0 for none. */
export function knownVersion(db: ReadableDb, table: TableName, rowId: string): number {
  return (
    db.get<{ version: number }>('SELECT version FROM _row_state WHERE table_name = ? AND row_id = ?', table, rowId)
      ?.version ?? 0
  );
}

/**
 * Shows the cloud's image of a row (null: deleted there). With unconfirmed changes the image goes underneath and the visible row
 * becomes image plus changes; without, it becomes the image.
 */
export function showCloudRow(
  db: WritableDb,
  shape: Shape,
  rowId: string,
  version: number,
  image: Image | null,
  open: readonly Operation[],
): void {
  const { table } = shape;
  if (image === null) {
    showGoneRow(db, table, rowId, open);
    return;
  }
  if (shape.unknown.length > 0) keepUnknown(db, shape, rowId, version, image);
  const known = knownValues(shape, image);
  if (open.length === 0) {
    db.run(upsertSql(db, shape), rowId, ...known);
    return;
  }
  showValues(db, table, rowId, Object.fromEntries(shape.columns.map((name, i) => [name, known[i] ?? null])), open);
}

/** The same for a row that the cloud does not have any more. */
export function showGoneRow(db: WritableDb, table: TableName, rowId: string, open: readonly Operation[]): void {
  forgetKept(db, table, rowId);
  if (open.length === 0) db.run(`DELETE FROM "${table}" WHERE id = ?`, rowId);
  else showValues(db, table, rowId, null, open);
}

/** The same with values by name; columns that are not named keep what they have. */
export function showValues(
  db: WritableDb,
  table: TableName,
  rowId: string,
  image: Values | null,
  open: readonly Operation[],
): void {
  if (open.length > 0) setShadow(db, table, rowId, image);
  writeVisible(db, table, rowId, rebase(table, image, open));
}

export function setShadow(db: WritableDb, table: TableName, rowId: string, image: Values | null): void {
  db.run(
    'INSERT INTO _shadow (table_name, row_id, image) VALUES (?, ?, ?) ON CONFLICT (table_name, row_id) DO UPDATE SET image = excluded.image',
    table,
    rowId,
    image && JSON.stringify(image),
  );
}

export function dropShadow(db: WritableDb, table: TableName, rowId: string): void {
  db.run('DELETE FROM _shadow WHERE table_name = ? AND row_id = ?', table, rowId);
}

export function dropShadows(db: WritableDb, table: TableName, rowIds: readonly string[]): void {
  db.run(
    'DELETE FROM _shadow WHERE table_name = ? AND row_id IN (SELECT value FROM json_each(?))',
    table,
    JSON.stringify(rowIds),
  );
}

/** The kept image under a row with unconfirmed changes; undefined when none came since the first of them. */
export function readShadow(db: ReadableDb, table: TableName, rowId: string): { image: Values | null } | undefined {
  const row = db.get<{ image: string | null }>(
    'SELECT image FROM _shadow WHERE table_name = ? AND row_id = ?',
    table,
    rowId,
  );
  return row && { image: row.image === null ? null : (JSON.parse(row.image) as Values) };
}

/** What the cloud has of a row, as far as this PC knows: the kept image, or the visible row without the unconfirmed changes. */
export function cloudImageOf(
  db: ReadableDb,
  table: TableName,
  rowId: string,
  open: readonly Operation[],
): Values | null {
  const shadow = readShadow(db, table, rowId);
  return shadow ? shadow.image : unrebase(table, readVisible(db, table, rowId), open);
}

export function readVisible(db: ReadableDb, table: TableName, rowId: string): Values | null {
  const row = db.get<Record<string, string | number | null>>(`SELECT * FROM "${table}" WHERE id = ?`, rowId);
  if (!row) return null;
  const { id: _id, ...values } = row;
  return values;
}

export function writeVisible(db: WritableDb, table: TableName, rowId: string, values: Values | null): void {
  if (!values) {
    db.run(`DELETE FROM "${table}" WHERE id = ?`, rowId);
    return;
  }
  const names = db.schema.columnsOf(table).filter((name) => name in values);
  db.run(upsertSql(db, visibleColumns(db, table, names)), rowId, ...names.map((name) => values[name] ?? null));
}

/** The same object for the same columns of one store, so that their statement is written once. */
const visible = new WeakMap<Schema, Map<string, Columns>>();
function visibleColumns({ schema }: ReadableDb, table: TableName, columns: readonly string[]): Columns {
  let ofSchema = visible.get(schema);
  if (!ofSchema) visible.set(schema, (ofSchema = new Map()));
  const key = `${table}:${columns.join(',')}`;
  let found = ofSchema.get(key);
  if (!found) ofSchema.set(key, (found = { table, columns }));
  return found;
}
