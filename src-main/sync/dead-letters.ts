/** What the cloud refused, what waits behind it, and the operator's ways out. Nothing here needs the network. */
import { appError, type AppError } from '#shared/contract/errors.ts';
import { doneElsewhere, heldCode, refusalReason } from '#shared/contract/refusals.ts';
import type { TableName } from '#shared/register.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { rebase, relink } from '#shared/sync/rebase.ts';
import type { Store, StoreChange, WritableDb } from '#main/store/types.ts';
import { cloudImageOf, dropShadow, setShadow, writeVisible } from './cloud-rows.ts';
import { openOperations, operationsOf, setTxnState, state } from './operations.ts';
import type { Operation } from './sections.ts';

/** Puts a transaction aside with the reason; a second refusal counts as another attempt. */
export function refuse(db: WritableDb, txn: number, code: string, reason: string, now: number): void {
  setTxnState(db, txn, state.refused);
  writeLetter(db, txn, code, reason, now);
}

/** Lets a transaction wait behind a refused one on the same rows. */
export function holdBehind(db: WritableDb, txn: number, now: number): void {
  setTxnState(db, txn, state.held);
  writeLetter(db, txn, heldCode, refusalReason(heldCode, ''), now);
}

/**
 * Settles what somebody else had done already: the records take the cloud's state, the transaction stays in the history, nobody is asked.
 * Answers the tables that may look different now.
 */
export function settleElsewhere(db: WritableDb, txn: number, now: number): TableName[] {
  const operations = operationsOf(db, txn);
  showAnew(db, operations, () => setTxnState(db, txn, state.discarded));
  writeLetter(db, txn, doneElsewhere, refusalReason(doneElsewhere, ''), now);
  return operations.map(({ table }) => table);
}

/** Lets everything go on that waited; what still has a reason to wait is held again before it is sent. */
export function releaseHeld(db: WritableDb): void {
  db.run('DELETE FROM _dead_letters WHERE txn IN (SELECT txn FROM _change_log WHERE state IN (2, 3) AND state = 2)');
  db.run('UPDATE _change_log SET state = 0 WHERE state IN (2, 3) AND state = 2');
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
    // it stays restorable for as long as it takes from now on
    db.run('UPDATE _dead_letters SET at = ? WHERE txn = ?', store.now(), txn);
    releaseHeld(db);
  });
  return ok(null);
}

/** Undoes a discard: the transaction is refused again, and shown again. */
export function restoreTxn(store: Store, txn: number): Result<null, AppError> {
  if (store.read.get('SELECT 1 FROM _change_log WHERE state = 5 AND txn = ?', txn) === undefined) {
    return fail(appError('not-found', `transaction ${txn}`));
  }
  const settled = store.read.get('SELECT 1 FROM _dead_letters WHERE txn = ? AND code = ?', txn, doneElsewhere);
  if (settled !== undefined) return fail(appError('moved-on', 'Somebody else did this already.'));
  changeRows(store, txn, (db) => db.run('UPDATE _change_log SET state = 3 WHERE state = 5 AND txn = ?', txn));
  return ok(null);
}

function stateOf(store: Store, txn: number): number | undefined {
  return store.read.get<{ state: number }>(
    'SELECT state FROM _change_log WHERE state IN (2, 3) AND txn = ? LIMIT 1',
    txn,
  )?.state;
}

/** Changes which operations of a transaction count, or what they say, and announces the rows as they are shown then. */
export function changeRows(store: Store, txn: number, change: (db: WritableDb) => void): void {
  const operations = operationsOf(store.read, txn);
  const announced: StoreChange = {
    tables: [...new Set(operations.map(({ table }) => table)), '_queue'],
    origin: 'local',
  };
  store.apply(announced, (db) => showAnew(db, operations, () => change(db)));
}

/** Shows every row of these operations anew after a change to the log: the cloud's image and what is left on top of it. */
function showAnew(db: WritableDb, operations: readonly Operation[], change: () => void): void {
  const rows = distinctRows(operations).map(({ table, rowId }) => ({
    table,
    rowId,
    image: cloudImageOf(db, table, rowId, openOperations(db, table, rowId)),
  }));
  change();
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
}

function distinctRows(operations: readonly Operation[]): Operation[] {
  return [...new Map(operations.map((operation) => [operation.table + operation.rowId, operation])).values()];
}
