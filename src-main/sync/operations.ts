/** The change log as the daemon reads and marks it. */
import { firstTables, type TableName } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import type { Operation } from './sections.ts';

/** States of an operation, as numbers in `_change_log.state`. */
export const state = { pending: 0, owed: 1, held: 2, refused: 3, acknowledged: 4, discarded: 5 } as const;

type LogRow = {
  seq: number;
  txn: number;
  table_name: TableName;
  row_id: string;
  op: 'I' | 'U' | 'D';
  new_values: string | null;
  old_values: string | null;
  base_version: number;
  hlc: number;
  actor: string;
};
const columns = 'seq, txn, table_name, row_id, op, new_values, old_values, base_version, hlc, actor';

function toOperation(row: LogRow): Operation {
  return {
    seq: row.seq,
    txn: row.txn,
    table: row.table_name,
    rowId: row.row_id,
    op: row.op,
    after: row.new_values === null ? null : (JSON.parse(row.new_values) as Values),
    before: row.old_values === null ? null : (JSON.parse(row.old_values) as Values),
    base: row.base_version,
    hlc: row.hlc,
    actor: row.actor,
  };
}

const notOnTheWay = 'txn NOT IN (SELECT value FROM _outbox, json_each(_outbox.txns))';

/** As in the index `_change_log_first`, word by word. */
const inFirstTables = `table_name IN (${firstTables.map((name) => `'${name}'`).join(', ')})`;

/** Found by an index, however much bulk work lies before. */
export const firstTxnsSql = `SELECT DISTINCT txn FROM _change_log INDEXED BY _change_log_first WHERE state < 4 AND ${inFirstTables} AND state = 0 AND ${notOnTheWay} ORDER BY txn LIMIT ?`;

/** How much is read at once: about `operations`, and `bytes` of values. */
export type Portion = { readonly operations: number; readonly bytes: number };

/** The oldest pending operations that are not on their way: whole local transactions, at least one. */
export function pendingOperations(db: ReadableDb, portion: Portion): Operation[] {
  const rows = db.all<LogRow>(
    `SELECT ${columns} FROM _change_log WHERE state < 4 AND state = 0 AND ${notOnTheWay} ORDER BY txn, seq LIMIT ?`,
    portion.operations + 1,
  );
  return wholeTxns(db, rows, portion);
}

/** The same, of local transactions with a row of a table whose priority is `first`. */
export function pendingFirst(db: ReadableDb, portion: Portion): Operation[] {
  const rows = db.all<LogRow>(
    `SELECT ${columns} FROM _change_log WHERE state < 4 AND state = 0 AND txn IN (${firstTxnsSql}) ORDER BY txn, seq LIMIT ?`,
    portion.operations,
    portion.operations + 1,
  );
  return wholeTxns(db, rows, portion);
}

function wholeTxns(db: ReadableDb, rows: readonly LogRow[], { operations, bytes: maxBytes }: Portion): Operation[] {
  let bytes = 0;
  let end = 0;
  for (let i = 0; i < rows.length; i += 1) {
    bytes += (rows[i]?.new_values?.length ?? 0) + (rows[i]?.old_values?.length ?? 0) + 100;
    const border = rows[i + 1]?.txn !== rows[i]?.txn;
    if (border && i < operations && (bytes <= maxBytes || end === 0)) end = i + 1;
  }
  const [first] = rows;
  if (!first) return [];
  // one transaction larger than a whole batch still travels in one piece
  return end > 0 ? rows.slice(0, end).map(toOperation) : operationsOf(db, first.txn);
}

/** Whether a pending operation that is not on its way exists after a local transaction. */
export function hasPendingAfter(db: ReadableDb, txn: number): boolean {
  return (
    db.get(`SELECT 1 FROM _change_log WHERE state < 4 AND state = 0 AND txn > ? AND ${notOnTheWay} LIMIT 1`, txn) !==
    undefined
  );
}

/** The local transactions in batches that have no answer yet. */
export function txnsOnTheWay(db: ReadableDb): Set<number> {
  const rows = db.all<{ txn: number }>('SELECT value AS txn FROM _outbox, json_each(_outbox.txns)');
  return new Set(rows.map(({ txn }) => txn));
}

/** The keys of local transactions, in their order. */
export function keysOf(db: ReadableDb, txns: readonly number[]): string[] {
  const rows = db.all<{ key: string }>(
    `SELECT coalesce(c.key, printf('%016x', c.hlc)) AS key FROM json_each(?) j JOIN _change_log c ON c.seq = j.value ORDER BY j.key`,
    JSON.stringify(txns),
  );
  return rows.map(({ key }) => key);
}

/** Marks the pending operations of these local transactions as confirmed by a batch (counted as in `_identities`). */
export function markAcknowledged(db: WritableDb, txns: readonly number[], batch: number): void {
  db.run(
    'UPDATE _change_log SET state = 4, batch = ? WHERE state < 4 AND state = 0 AND txn IN (SELECT value FROM json_each(?))',
    batch,
    JSON.stringify(txns),
  );
}

/** All operations of a row that the cloud has not confirmed, in order, also held and refused ones. */
export function openOperations(db: ReadableDb, table: TableName, rowId: string): Operation[] {
  return db
    .all<LogRow>(
      `SELECT ${columns} FROM _change_log WHERE state < 4 AND table_name = ? AND row_id = ? ORDER BY seq`,
      table,
      rowId,
    )
    .map(toOperation);
}

/** Those of these rows that have operations which the cloud has not confirmed. */
export function rowsWithOpenOperations(db: ReadableDb, table: TableName, rowIds: readonly string[]): Set<string> {
  const rows = db.all<{ id: string }>(
    `SELECT value AS id FROM json_each(?)
     WHERE EXISTS (SELECT 1 FROM _change_log WHERE state < 4 AND table_name = ? AND row_id = value)`,
    JSON.stringify(rowIds),
    table,
  );
  return new Set(rows.map(({ id }) => id));
}

export function operationsOf(db: ReadableDb, txn: number): Operation[] {
  const open = db.all<LogRow>(`SELECT ${columns} FROM _change_log WHERE state < 4 AND txn = ? ORDER BY seq`, txn);
  const rows =
    open.length > 0
      ? open
      : db.all<LogRow>(`SELECT ${columns} FROM _change_log WHERE state = 5 AND txn = ? ORDER BY seq`, txn);
  return rows.map(toOperation);
}

export function hasOpenOperations(db: ReadableDb): boolean {
  return db.get('SELECT 1 FROM _change_log WHERE state < 4 LIMIT 1') !== undefined;
}

/** Whether anything waits that is neither refused nor held; `sparing`: anything that does not wait for another network. */
export function hasSendable(db: ReadableDb, sparing = false): boolean {
  if (sparing) return db.get(firstTxnsSql, 1) !== undefined;
  return db.get('SELECT 1 FROM _change_log WHERE state < 4 AND state = 0 LIMIT 1') !== undefined;
}

/** Whether an earlier operation that is stuck (refused, or held behind one) exists on any of the rows of a local transaction. */
export function touchesStuckRow(db: ReadableDb, operations: readonly Operation[]): boolean {
  return operations.some(
    ({ table, rowId, txn }) =>
      db.get(
        'SELECT 1 FROM _change_log WHERE state < 4 AND table_name = ? AND row_id = ? AND state IN (2, 3) AND txn < ?',
        table,
        rowId,
        txn,
      ) !== undefined,
  );
}

export function setTxnState(db: WritableDb, txn: number, next: number): void {
  db.run('UPDATE _change_log SET state = ? WHERE state < 4 AND txn = ?', next, txn);
}
