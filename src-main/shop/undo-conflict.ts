import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { actorOf } from '#main/store/operator.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import {
  conflictImage,
  conflictResolution,
  type ConflictRow,
  findConflict,
  recordOf,
  type Resolution,
} from './conflict-rows.ts';
import {
  deleteRecord,
  insertRecord,
  lineNow,
  openConflict,
  type RecordRow,
  same,
  writeRecord,
  wrongValue,
} from './conflict-writes.ts';
import { eachOf } from './resolve-conflict.ts';

type Done = Result<Record<string, never>, AppError>;

/**
 * Puts back what the record had before the resolution and opens the conflict again; what a rule decided is only opened, for it
 * wrote nothing here. Fails with `not-found`, and `moved-on` when the conflict is open or the record was changed since.
 */
export function undoResolution(store: Store, { id }: CommandRequest<'conflicts.undo'>): Done {
  return store.transaction(actorOf(store.read), (db) => {
    const conflict = findConflict(db, id);
    return conflict === undefined ? fail(appError('not-found', id)) : undo(store, db, conflict);
  });
}

/** Undoes many resolutions, each as a local transaction of its own and all under one commit; answers for each. */
export function undoMany(
  store: Store,
  { ids }: CommandRequest<'conflicts.undoMany'>,
): Result<CommandOutput<'conflicts.undoMany'>, AppError> {
  return ok({ results: eachOf(store, ids, (db, conflict) => undo(store, db, conflict)) });
}

function undo(store: Store, db: WritableDb, conflict: ConflictRow): Done {
  const resolution = conflict.status === 'resolved' ? conflictResolution(conflict) : null;
  if (resolution === null) return fail(appError('moved-on', 'The conflict is open already.'));
  const { before } = resolution;
  if (before !== null) {
    const moved = putBack(db, conflict, recordOf(db, conflict), { ...resolution, before });
    if (moved !== null) return fail(appError('moved-on', moved));
  }
  openConflict(db, conflict, lineNow(store, db, before === null ? 'reopened' : 'undone'));
  return ok({});
}

/** Takes back what a resolution did to the record; answers what is not as the resolution left it, and then writes nothing. */
function putBack(
  db: WritableDb,
  conflict: ConflictRow,
  record: RecordRow | null,
  { values, before, record: outcome, image }: Resolution & { before: NonNullable<Resolution['before']> },
): string | null {
  if (outcome === 'deleted') {
    if (image === null) return null;
    return record === null && insertRecord(db, conflict, image) ? null : 'record';
  }
  if (outcome === 'restored') {
    const left = { ...conflictImage(conflict), ...values };
    const moved =
      record === null ? 'record' : Object.keys(left).find((name) => name in record && !same(record[name], left[name]));
    if (moved !== undefined) return moved;
    deleteRecord(db, conflict);
    return null;
  }
  if (record === null) return null;
  const moved = Object.keys(before).find((column) => !same(record[column], values[column]));
  if (moved !== undefined) return moved;
  const wrong = wrongValue(conflict, before);
  if (wrong !== null) return wrong;
  writeRecord(db, conflict, before);
  return null;
}
