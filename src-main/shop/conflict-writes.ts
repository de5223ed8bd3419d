/** What resolving and undoing write: the record in question, and the conflict itself. */
import { columnsOf, fits, isTableName, tableOf } from '#shared/register.ts';
import { actorOf } from '#main/store/operator.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { SqlValue, Store, WritableDb } from '#main/store/types.ts';
import { conflictFields, type ConflictRow, type HistoryLine, type Values, withLine } from './conflict-rows.ts';

export type RecordRow = Record<string, SqlValue>;

export function same(left: SqlValue | undefined, right: SqlValue | undefined): boolean {
  return (left ?? null) === (right ?? null);
}

/** What is wrong with values for the record of a conflict; null when all of them may be written. */
export function wrongValue(conflict: ConflictRow, values: Values): string | null {
  if (!isTableName(conflict.table_name)) return conflict.table_name;
  const { columns } = tableOf(conflict.table_name);
  const inQuestion = new Set(conflictFields(conflict).map((field) => field.column));
  for (const [name, value] of Object.entries(values)) {
    const column = columns[name];
    if (column === undefined || !inQuestion.has(name) || !fits(column, value)) return name;
  }
  return null;
}

/* Column and table names were checked against the register. */
export function writeRecord(db: WritableDb, conflict: ConflictRow, values: Values): void {
  const columns = Object.keys(values);
  if (columns.length === 0) return;
  const assignments = columns.map((column) => `"${column}" = ?`).join(', ');
  db.run(`UPDATE "${conflict.table_name}" SET ${assignments} WHERE id = ?`, ...Object.values(values), conflict.row_id);
}

/** Brings a deleted record back; false when it lacks what this version needs, and nothing was written. */
export function insertRecord(db: WritableDb, conflict: ConflictRow, image: Values): boolean {
  if (!isTableName(conflict.table_name)) return false;
  const { columns } = tableOf(conflict.table_name);
  const names = columnsOf(conflict.table_name);
  if (names.some((name) => !fits(columns[name] as (typeof columns)[string], image[name] ?? null))) return false;
  db.run(
    `INSERT INTO "${conflict.table_name}" (id, ${names.map((name) => `"${name}"`).join(', ')}) VALUES (?${', ?'.repeat(names.length)})`,
    conflict.row_id,
    ...names.map((name) => image[name] ?? null),
  );
  return true;
}

export function deleteRecord(db: WritableDb, conflict: ConflictRow): void {
  db.run(`DELETE FROM "${conflict.table_name}" WHERE id = ?`, conflict.row_id);
}

/** A record as the values of its columns. */
export function valuesOf(record: RecordRow): Values {
  const { id: _id, ...values } = record;
  return values as Values;
}

/** A line for the history of a conflict, by whoever works at this PC now. */
export function lineNow(
  store: Store,
  db: WritableDb,
  what: HistoryLine['what'],
  chosen: Partial<Pick<HistoryLine, 'values' | 'record'>> = {},
): HistoryLine {
  const device = readIdentity(db)?.deviceId ?? null;
  return { what, by: actorOf(store.read), device, at: store.now(), values: null, record: null, ...chosen };
}

/** Closes a conflict with its resolution, or opens it again without one. */
export function closeConflict(db: WritableDb, conflict: ConflictRow, resolution: unknown, line: HistoryLine): void {
  db.run(
    `UPDATE conflicts SET status = 'resolved', resolution = ?, resolved_by = ?, resolved_device = ?, resolved_at = ?, history = ?
     WHERE id = ?`,
    JSON.stringify(resolution),
    line.by,
    line.device,
    line.at,
    withLine(conflict, line),
    conflict.id,
  );
}

export function openConflict(db: WritableDb, conflict: ConflictRow, line: HistoryLine): void {
  db.run(
    `UPDATE conflicts SET status = 'open', resolution = NULL, resolved_by = NULL, resolved_device = NULL, resolved_at = NULL,
       history = ? WHERE id = ?`,
    withLine(conflict, line),
    conflict.id,
  );
}
