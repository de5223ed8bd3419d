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

const upserts = new WeakMap<Columns, Map<number, string>>();

/** The statement that puts so many rows, [id, value, ...] each. */
function upsertSql(db: ReadableDb, columns: Columns, rows = 1): string {
  let ofColumns = upserts.get(columns);
  if (!ofColumns) upserts.set(columns, (ofColumns = new Map<number, string>()));
  let sql = ofColumns.get(rows);
  if (!sql) {
    const { table } = columns;
    const names = columns.columns.map((name) => `"${name}"`);
    const rest = neutralValues(db, columns);
    const values = `(?${', ?'.repeat(names.length)}${rest.map(({ value }) => `, ${value}`).join('')})`;
    sql = `INSERT INTO "${table}" (id, ${[...names, ...rest.map(({ name }) => `"${name}"`)].join(', ')})
      VALUES ${Array<string>(rows).fill(values).join(', ')}
      ON CONFLICT (id) DO ${names.length === 0 ? 'NOTHING' : `UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`}`;
    ofColumns.set(rows, sql);
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
  if (open.length === 0) {
    showCloudRows(db, shape, [[rowId, version, image]]);
    return;
  }
  if (shape.unknown.length > 0) keepUnknown(db, shape, rowId, version, image);
  const known = knownValues(shape, image);
  showValues(db, table, rowId, Object.fromEntries(shape.columns.map((name, i) => [name, known[i] ?? null])), open);
}

/** Rows put by one statement: each statement costs as much as a row. */
const together = [16, 1] as const;

/** Shows images of rows without unconfirmed changes, in their order. */
export function showCloudRows(
  db: WritableDb,
  shape: Shape,
  rows: readonly (readonly [id: string, version: number, image: Image])[],
): void {
  let done = 0;
  for (const count of together) {
    for (; done + count <= rows.length; done += count) {
      const values: (string | number | null)[] = [];
      for (const [id, version, image] of rows.slice(done, done + count)) {
        if (shape.unknown.length > 0) keepUnknown(db, shape, id, version, image);
        values.push(id, ...knownValues(shape, image));
      }
      db.run(upsertSql(db, shape, count), ...values);
    }
  }
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

/** Whether an image is kept under any row. */
export function keepsShadows(db: ReadableDb): boolean {
  return db.get('SELECT 1 FROM _shadow LIMIT 1') !== undefined;
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
