import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { actorOf } from '#main/store/operator.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import {
  conflictFields,
  conflictImage,
  conflictKind,
  type ConflictRow,
  findConflict,
  recordOf,
  type Values,
} from './conflict-rows.ts';
import {
  closeConflict,
  deleteRecord,
  insertRecord,
  lineNow,
  type RecordRow,
  same,
  valuesOf,
  writeRecord,
  wrongValue,
} from './conflict-writes.ts';

type Done = Result<Record<string, never>, AppError>;
type Decision = Omit<CommandRequest<'conflicts.resolve'>, 'id'>;
type Outcome = { readonly record?: 'kept' | 'restored' | 'deleted'; readonly image?: Values };

/**
 * Writes the chosen values to the record and closes the conflict, as one ordinary local transaction that travels to every PC. A conflict
 * about a deletion also says whether the record is there afterwards. `seen` are the record's values of the conflicting columns as they
 * were shown. Fails with `not-found`; `moved-on` when the conflict was closed meanwhile or the record is not as seen; `bad-input` for a
 * value that does not fit its column or is not in question.
 */
export function resolveConflict(store: Store, { id, ...decision }: CommandRequest<'conflicts.resolve'>): Done {
  return store.transaction(actorOf(store.read), (db) => {
    const conflict = findConflict(db, id);
    return conflict === undefined ? fail(appError('not-found', id)) : decide(store, db, conflict, decision);
  });
}

/**
 * Takes one side for many conflicts, each as a local transaction of its own and all under one commit. Answers for each: one whose record
 * is not what the conflict says any more stays open with `moved-on`.
 */
export function resolveMany(
  store: Store,
  { ids, take }: CommandRequest<'conflicts.resolveMany'>,
): Result<CommandOutput<'conflicts.resolveMany'>, AppError> {
  return ok({
    results: eachOf(store, ids, (db, conflict) => decide(store, db, conflict, decisionFor(conflict, take))),
  });
}

/** Does the same to many conflicts, each as a local transaction of its own; answers what failed where. */
export function eachOf(
  store: Store,
  ids: readonly string[],
  work: (db: WritableDb, conflict: ConflictRow) => Done,
): CommandOutput<'conflicts.undoMany'>['results'] {
  const distinct = [...new Set(ids)];
  const done = store.transactions(
    actorOf(store.read),
    distinct.map((id) => (db: WritableDb): Done => {
      const conflict = findConflict(db, id);
      return conflict === undefined ? fail(appError('not-found', id)) : work(db, conflict);
    }),
  );
  return distinct.map((id, i) => {
    const result = done[i] as Done;
    return { id, error: result.ok ? null : result.error };
  });
}

/** All of one side. What it is decided on is what the conflict says stood there: nobody looked at each record. */
function decisionFor(conflict: ConflictRow, take: 'incoming' | 'kept'): Decision {
  const fields = conflictFields(conflict);
  const side = (name: 'incoming' | 'kept') => Object.fromEntries(fields.map((field) => [field.column, field[name]]));
  switch (conflictKind(conflict)) {
    case 'fields':
      return { values: side(take), seen: side('kept') };
    case 'update':
      return take === 'incoming'
        ? { values: side('incoming'), seen: {}, record: 'keep' }
        : { values: {}, seen: {}, record: 'delete' };
    case 'delete':
      return { values: {}, seen: side('kept'), record: take === 'incoming' ? 'delete' : 'keep' };
  }
}

function decide(store: Store, db: WritableDb, conflict: ConflictRow, decision: Decision): Done {
  if (conflict.status !== 'open') return fail(appError('moved-on', 'The conflict was closed already.'));
  const { values } = decision;
  const wrong = wrongValue(conflict, values);
  if (wrong !== null) return fail(appError('bad-input', wrong));
  const about = conflictKind(conflict) !== 'fields';
  if (about !== (decision.record !== undefined)) return fail(appError('bad-input', 'record'));
  const record = recordOf(db, conflict);
  const moved = movedColumn(conflict, record, decision.seen);
  if (moved !== null) return fail(appError('moved-on', moved));
  const before =
    record === null ? {} : Object.fromEntries(Object.keys(values).map((column) => [column, record[column] ?? null]));
  const outcome = about ? settleRecord(db, conflict, record, decision) : writeFields(db, conflict, record, values);
  if (!outcome.ok) return outcome;
  closeConflict(
    db,
    conflict,
    { values, before, ...outcome.value },
    lineNow(store, db, 'resolved', { values, record: outcome.value.record ?? null }),
  );
  return ok({});
}

function writeFields(
  db: WritableDb,
  conflict: ConflictRow,
  record: RecordRow | null,
  values: Values,
): Result<Outcome, AppError> {
  if (record !== null) writeRecord(db, conflict, values);
  return ok({});
}

/** Leaves, deletes or brings back the record of a conflict about a deletion. */
function settleRecord(
  db: WritableDb,
  conflict: ConflictRow,
  record: RecordRow | null,
  { values, record: wanted }: Decision,
): Result<Outcome, AppError> {
  if (wanted === 'delete') {
    if (Object.keys(values).length > 0) return fail(appError('bad-input', 'values'));
    if (record === null) return ok({ record: 'deleted' });
    deleteRecord(db, conflict);
    return ok({ record: 'deleted', image: valuesOf(record) });
  }
  if (record !== null) {
    writeRecord(db, conflict, values);
    return ok({ record: 'kept' });
  }
  const image = conflictImage(conflict);
  if (image === null || !insertRecord(db, conflict, { ...image, ...values })) {
    return fail(appError('not-found', 'Nobody kept what this record was.'));
  }
  return ok({ record: 'restored' });
}

/** A column in question whose value is not the one that was shown; null when the operator saw what is here. */
function movedColumn(conflict: ConflictRow, record: RecordRow | null, seen: Values): string | null {
  if (record === null) return Object.keys(seen).length === 0 ? null : 'The record was deleted.';
  const columns = new Set([...conflictFields(conflict).map((field) => field.column), ...Object.keys(seen)]);
  return [...columns].find((column) => !(column in seen) || !same(record[column], seen[column])) ?? null;
}
