import type { CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { type ColumnType, isTableName, tableOf } from '#shared/register.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { actorOf } from '#main/store/operator.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { SqlValue, Store, WritableDb } from '#main/store/types.ts';
import { conflictFields, conflictResolution, type ConflictRow, findConflict, recordOf } from './conflict-rows.ts';

type Values = Readonly<Record<string, string | number | null>>;
type Done = Result<Record<string, never>, AppError>;

/**
 * Writes the chosen values to the record and closes the conflict, as one ordinary local transaction that travels to every PC.
 * `seen` are the record's values of the conflicting columns as they were shown. Fails with `not-found`; `moved-on` when the
 * conflict was closed meanwhile or the record is not as seen; `bad-input` for a value that does not fit its column or is not in question.
 */
export function resolveConflict(store: Store, input: CommandRequest<'conflicts.resolve'>): Done {
  return store.transaction(actorOf(store.read), (db) => {
    const conflict = findConflict(db, input.id);
    if (conflict === undefined) return fail(appError('not-found', input.id));
    if (conflict.status !== 'open') return fail(appError('moved-on', 'The conflict was closed already.'));
    const wrong = wrongValue(conflict, input.values);
    if (wrong !== null) return fail(appError('bad-input', wrong));
    const record = recordOf(db, conflict);
    const moved = movedColumn(conflict, record, input.seen);
    if (moved !== null) return fail(appError('moved-on', moved));
    const before = Object.fromEntries(Object.keys(input.values).map((column) => [column, record?.[column] ?? null]));
    if (record !== null) writeRecord(db, conflict, input.values);
    const resolution = JSON.stringify({ values: input.values, before });
    const device = readIdentity(db)?.deviceId ?? null;
    close(db, conflict.id, { status: 'resolved', resolution, by: actorOf(store.read), device, at: store.now() });
    return ok({});
  });
}

/**
 * Puts back what the record had before the resolution and opens the conflict again; what a rule decided is only opened, for it
 * wrote nothing here. Fails with `not-found`, and `moved-on` when the conflict is open or the record was changed since.
 */
export function undoResolution(store: Store, input: CommandRequest<'conflicts.undo'>): Done {
  return store.transaction(actorOf(store.read), (db) => {
    const conflict = findConflict(db, input.id);
    if (conflict === undefined) return fail(appError('not-found', input.id));
    const resolution = conflict.status === 'resolved' ? conflictResolution(conflict) : null;
    if (resolution === null) return fail(appError('moved-on', 'The conflict is open already.'));
    const { values, before } = resolution;
    const record = recordOf(db, conflict);
    if (before !== null && record !== null) {
      const moved = Object.keys(before).find((column) => !same(record[column], values[column]));
      if (moved !== undefined) return fail(appError('moved-on', moved));
      if (wrongValue(conflict, before) !== null) return fail(appError('bad-input', 'before'));
      writeRecord(db, conflict, before);
    }
    close(db, conflict.id, { status: 'open', resolution: null, by: null, device: null, at: null });
    return ok({});
  });
}

function same(left: SqlValue | undefined, right: SqlValue | undefined): boolean {
  return (left ?? null) === (right ?? null);
}

/** A column in question whose value is not the one that was shown; null when the operator saw what is here. */
function movedColumn(conflict: ConflictRow, record: Record<string, SqlValue> | null, seen: Values): string | null {
  if (record === null) return Object.keys(seen).length === 0 ? null : 'The record was deleted.';
  const columns = new Set([...conflictFields(conflict).map((field) => field.column), ...Object.keys(seen)]);
  return [...columns].find((column) => !(column in seen) || !same(record[column], seen[column])) ?? null;
}

/** What is wrong with values for the record of a conflict; null when all of them may be written. */
function wrongValue(conflict: ConflictRow, values: Values): string | null {
  if (!isTableName(conflict.table_name)) return conflict.table_name;
  const { columns } = tableOf(conflict.table_name);
  const inQuestion = new Set(conflictFields(conflict).map((field) => field.column));
  for (const [name, value] of Object.entries(values)) {
    const column = columns[name];
    if (column === undefined || !inQuestion.has(name)) return name;
    if (value === null ? !column.nullable : !fits(column.type, value)) return name;
  }
  return null;
}

function fits(type: ColumnType, value: string | number): boolean {
  if (type === 'id' || type === 'text' || type === 'json') return typeof value === 'string';
  return Number.isSafeInteger(value) && (type !== 'bool' || value === 0 || value === 1);
}

/* Column and table names were checked against the register. */
function writeRecord(db: WritableDb, conflict: ConflictRow, values: Values): void {
  const columns = Object.keys(values);
  if (columns.length === 0) return;
  const assignments = columns.map((column) => `"${column}" = ?`).join(', ');
  db.run(`UPDATE ${conflict.table_name} SET ${assignments} WHERE id = ?`, ...Object.values(values), conflict.row_id);
}

type Closing = {
  status: string;
  resolution: string | null;
  by: string | null;
  device: string | null;
  at: number | null;
};

function close(db: WritableDb, id: string, { status, resolution, by, device, at }: Closing): void {
  db.run(
    'UPDATE conflicts SET status = ?, resolution = ?, resolved_by = ?, resolved_device = ?, resolved_at = ? WHERE id = ?',
    status,
    resolution,
    by,
    device,
    at,
    id,
  );
}
