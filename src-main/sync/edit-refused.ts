/** Corrects what the cloud refused and sends it again: the same local transaction with other values. */
import { appError, type AppError } from '#shared/contract/errors.ts';
import { columnsOf, fits, isTableName, tableOf } from '#shared/register.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { actorOf } from '#main/store/operator.ts';
import type { ReadableDb, Store, WritableDb } from '#main/store/types.ts';
import { changeRows, releaseHeld } from './dead-letters.ts';
import { operationsOf, state } from './operations.ts';
import type { Operation } from './sections.ts';

/** Other values for one record of a refused transaction, by column. */
export type RowEdit = { readonly table: string; readonly rowId: string; readonly values: Values };

/** Columns that say where a record belongs: a record of another place would be another record. */
const fixed: ReadonlySet<string> = new Set(['store_id', 'scope']);

/**
 * Puts other values into a stuck transaction and sends it again, whole. The original values stay in the history of the edit. Fails with
 * `not-found` when nothing of that number is stuck, and `bad-input` for a record or field that is not in it, or a value that does not fit.
 */
export function editTxn(store: Store, txn: number, edits: readonly RowEdit[]): Result<null, AppError> {
  const stuck = store.read.get('SELECT 1 FROM _change_log WHERE state IN (2, 3) AND txn = ?', txn);
  if (stuck === undefined) return fail(appError('not-found', `transaction ${txn}`));
  const edited = new Map<number, Record<string, string | number | null>>();
  const operations = operationsOf(store.read, txn);
  for (const edit of edits) {
    const wrong = takeEdit(operations, edit, edited);
    if (wrong !== null) return fail(appError('bad-input', wrong));
  }
  changeRows(store, txn, (db) => {
    keepOriginals(db, txn, [...edited.keys()], store.now());
    for (const [seq, values] of edited) {
      db.run('UPDATE _change_log SET new_values = ? WHERE seq = ?', JSON.stringify(values), seq);
    }
    db.run('UPDATE _change_log SET state = ? WHERE state IN (2, 3) AND txn = ?', state.pending, txn);
    releaseHeld(db);
  });
  return ok(null);
}

/**
 * Takes back the last edit of a transaction that the cloud has not accepted: the values before it stand again and it is refused as it was.
 * Fails with `moved-on` when it is on its way or in the cloud already, and `not-found` when it was never edited.
 */
export function undoEdit(store: Store, txn: number): Result<null, AppError> {
  const last = store.read.get<{ at: number; code: string; reason: string }>(
    'SELECT at, code, reason FROM _change_edits WHERE txn = ? ORDER BY id DESC LIMIT 1',
    txn,
  );
  if (last === undefined) return fail(appError('not-found', `transaction ${txn}`));
  if (!isStillHere(store.read, txn)) return fail(appError('moved-on', 'It was sent already.'));
  changeRows(store, txn, (db) => {
    const before = db.all<{ id: number; seq: number; new_values: string }>(
      'SELECT id, seq, new_values FROM _change_edits WHERE txn = ? AND at = ? ORDER BY id DESC',
      txn,
      last.at,
    );
    for (const { id, seq, new_values: values } of before) {
      db.run('UPDATE _change_log SET new_values = ? WHERE seq = ?', values, seq);
      db.run('DELETE FROM _change_edits WHERE id = ?', id);
    }
    db.run('UPDATE _change_log SET state = ? WHERE state < 4 AND txn = ?', state.refused, txn);
    db.run(
      `INSERT INTO _dead_letters (txn, code, reason, at) VALUES (?, ?, ?, ?)
       ON CONFLICT (txn) DO UPDATE SET code = excluded.code, reason = excluded.reason`,
      txn,
      last.code,
      last.reason,
      store.now(),
    );
  });
  return ok(null);
}

function isStillHere(db: ReadableDb, txn: number): boolean {
  const open = db.get('SELECT 1 FROM _change_log WHERE state < 4 AND txn = ?', txn) !== undefined;
  const onItsWay = db.get('SELECT 1 FROM _outbox, json_each(_outbox.txns) WHERE json_each.value = ?', txn);
  return open && onItsWay === undefined;
}

/** Adds an edit to the operations it changes; answers what is wrong with it, or null. */
function takeEdit(
  operations: readonly Operation[],
  { table, rowId, values }: RowEdit,
  edited: Map<number, Record<string, string | number | null>>,
): string | null {
  if (!isTableName(table)) return table;
  for (const [name, value] of Object.entries(values)) {
    const column = tableOf(table).columns[name];
    if (!column || !columnsOf(table).includes(name) || fixed.has(name) || !fits(column, value))
      return `${table}.${name}`;
    const target = operations.findLast(
      (one) => one.table === table && one.rowId === rowId && name in (one.after ?? {}),
    );
    if (!target) return `${table}.${name}`;
    edited.set(target.seq, { ...(edited.get(target.seq) ?? target.after), [name]: value });
  }
  return null;
}

function keepOriginals(db: WritableDb, txn: number, seqs: readonly number[], now: number): void {
  // two edits within one millisecond are still two
  const last = db.get<{ at: number | null }>('SELECT max(at) AS at FROM _change_edits WHERE txn = ?', txn)?.at ?? 0;
  for (const seq of seqs) {
    db.run(
      `INSERT INTO _change_edits (seq, txn, new_values, code, reason, by, at)
       SELECT c.seq, c.txn, c.new_values, coalesce(l.code, 'held'), coalesce(l.reason, ''), ?, ?
       FROM _change_log c LEFT JOIN _dead_letters l ON l.txn = c.txn WHERE c.seq = ?`,
      actorOf(db),
      Math.max(now, last + 1),
      seq,
    );
  }
}
