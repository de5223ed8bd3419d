/** What the cloud sent and this version of the app cannot show: kept by name in `_deferred` until an update (read-again.ts). */
import type { Values } from '#shared/sync/rebase.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import type { ForeignShape, Image, Shape } from './shapes.ts';

/** Keeps a row of a table that this version does not have; an older version of it never replaces a newer one. */
export function keepRow(
  db: WritableDb,
  shape: ForeignShape,
  rowId: string,
  version: number,
  image: Image | null,
): void {
  const values = image && Object.fromEntries(shape.columns.map((name, place) => [name, image[place] ?? null]));
  keep(db, shape.table, rowId, version, values);
}

/** Keeps what a row of a known table has in columns that this version does not have. */
export function keepUnknown(db: WritableDb, shape: Shape, rowId: string, version: number, image: Image): void {
  const values = Object.fromEntries(shape.unknown.map(([name, place]) => [name, image[place] ?? null]));
  keep(db, shape.table, rowId, version, values);
}

export function forgetKept(db: WritableDb, table: string, rowId: string): void {
  db.run('DELETE FROM _deferred WHERE table_name = ? AND row_id = ?', table, rowId);
}

/** Keeps values by name; null for a row that is gone. */
export function keep(db: WritableDb, table: string, rowId: string, version: number, values: Values | null): void {
  db.run(
    `INSERT INTO _deferred (table_name, row_id, version, op, image) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (table_name, row_id) DO UPDATE SET version = excluded.version, op = excluded.op, image = excluded.image WHERE excluded.version >= version`,
    table,
    rowId,
    version,
    values ? 'U' : 'D',
    values && JSON.stringify(values),
  );
}

/** Whether anything waits for an update of the app. */
export function keepsAnything(db: ReadableDb): boolean {
  return db.get('SELECT 1 FROM _deferred LIMIT 1') !== undefined;
}
