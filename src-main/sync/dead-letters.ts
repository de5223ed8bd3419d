/** What the cloud refused, what waits behind it, and the operator's ways out. Nothing here needs the network. */
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { rebase, relink } from '#shared/sync/rebase.ts';
import type { Store, StoreChange, WritableDb } from '#main/store/types.ts';
import { cloudImageOf, dropShadow, setShadow, writeVisible } from './cloud-rows.ts';
import { openOperations, operationsOf, setTxnState, state } from './operations.ts';
import { heldReason } from './reasons.ts';
import type { Operation } from './sections.ts';

/** Puts a transaction aside with the reason; a second refusal counts as another attempt. */
export function refuse(db: WritableDb, txn: number, code: string, reason: string, now: number): void {
  setTxnState(db, txn, state.refused);
  writeLetter(db, txn, code, reason, now);
}

/** Lets a transaction wait behind a refused one on the same rows. */
export function holdBehind(db: WritableDb, txn: number, now: number): void {
  setTxnState(db, txn, state.held);
  writeLetter(db, txn, 'held', heldReason, now);
}

function writeLetter(db: WritableDb, txn: number, code: string, reason: string, now: number): void {
  db.run(
    `INSERT INTO _dead_letters (txn, code, reason, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (txn) DO UPDATE SET code = excluded.code, reason = excluded.reason, at = excluded.at, attempts = attempts + 1`,
    txn,
    code,
    reason,
    now,
  );
}

/** Sends a stuck transaction, and what was held behind it, once more. */
export function retryTxn(store: Store, txn: number): Result<null, AppError> {
  if (stateOf(store, txn) === undefined) return fail(appError('not-found', `transaction ${txn}`));
  store.apply({ tables: ['_queue'], origin: 'local' }, (db) => {
    db.run('UPDATE _change_log SET state = 0 WHERE state IN (2, 3) AND txn = ?', txn);
    releaseHeld(db);
  });
  return ok(null);
}

/** Takes a stuck transaction back: its records return to what the cloud has, later changes to them stay on top. */
export function discardTxn(store: Store, txn: number): Result<null, AppError> {
  if (stateOf(store, txn) === undefined) return fail(appError('not-found', `transaction ${txn}`));
  changeRows(store, txn, (db) => {
    setTxnState(db, txn, state.discarded);
    releaseHeld(db);
  });
  return ok(null);
}

/** Undoes a discard: the transaction is refused again, and shown again. */
export function restoreTxn(store: Store, txn: number): Result<null, AppError> {
  if (store.read.get('SELECT 1 FROM _change_log WHERE state = 5 AND txn = ?', txn) === undefined) {
    return fail(appError('not-found', `transaction ${txn}`));
  }
  changeRows(store, txn, (db) => db.run('UPDATE _change_log SET state = 3 WHERE state = 5 AND txn = ?', txn));
  return ok(null);
}

function stateOf(store: Store, txn: number): number | undefined {
  return store.read.get<{ state: number }>(
    'SELECT state FROM _change_log WHERE state IN (2, 3) AND txn = ? LIMIT 1',
    txn,
  )?.state;
}

function releaseHeld(db: WritableDb): void {
  db.run('DELETE FROM _dead_letters WHERE txn IN (SELECT txn FROM _change_log WHERE state IN (2, 3) AND state = 2)');
  db.run('UPDATE _change_log SET state = 0 WHERE state IN (2, 3) AND state = 2');
}

/** Changes which operations count, then shows every touched row anew from the cloud's image and what is left. */
function changeRows(store: Store, txn: number, change: (db: WritableDb) => void): void {
  const operations = operationsOf(store.read, txn);
  const announced: StoreChange = {
    tables: [...new Set(operations.map(({ table }) => table)), '_queue'],
    origin: 'local',
  };
  store.apply(announced, (db) => {
    const rows = distinctRows(operations).map(({ table, rowId }) => ({
      table,
      rowId,
      image: cloudImageOf(db, table, rowId, openOperations(db, table, rowId)),
    }));
    change(db);
    for (const { table, rowId, image } of rows) {
      const left = openOperations(db, table, rowId);
      const linked = relink(table, image, left);
      left.forEach(({ seq }, i) =>
        db.run(
          'UPDATE _change_log SET old_values = ? WHERE seq = ?',
          linked[i]?.before ? JSON.stringify(linked[i].before) : null,
          seq,
        ),
      );
      if (left.length > 0) setShadow(db, table, rowId, image);
      else dropShadow(db, table, rowId);
      writeVisible(db, table, rowId, rebase(table, image, linked));
    }
  });
}

function distinctRows(operations: readonly Operation[]): Operation[] {
  return [...new Map(operations.map((operation) => [operation.table + operation.rowId, operation])).values()];
}
