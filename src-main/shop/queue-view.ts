import { z } from 'zod';
import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import type { QueueItem } from '#shared/contract/schemas.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { columnsOf, isTableName } from '#shared/register.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { recordTitle } from './record-title.ts';

type Filter = CommandRequest<'queue.list'>['filter'];
type Operation = {
  seq: number;
  table_name: string;
  row_id: string;
  op: 'I' | 'U' | 'D';
  new_values: string | null;
  old_values: string | null;
  actor: string;
  at: number;
  state: number;
};
type Field = QueueItem['changes'][number];

/*
 * The first operation of a local transaction has seq = txn and shares its state with the others, so one entry per transaction is
 * enough to page and to count. Each text matches a partial index word for word: only so does SQLite use it.
 */
const heads: Readonly<Record<Filter, string>> = {
  all: '_change_log INDEXED BY _change_log_open_head WHERE seq = txn AND state < 4',
  waiting: '_change_log INDEXED BY _change_log_open_head WHERE seq = txn AND state < 4 AND state < 2',
  stuck: '_change_log INDEXED BY _change_log_stuck WHERE state IN (2, 3) AND seq = txn',
  discarded: '_change_log INDEXED BY _change_log_discarded WHERE state = 5 AND seq = txn',
};

/** The statements behind queue.list, for the test that reads their plans. */
export function queueSql(filter: Filter): { page: string; count: string } {
  return {
    page: `SELECT txn FROM ${heads[filter]} AND txn < ? ORDER BY txn DESC LIMIT ?`,
    count: `SELECT count(*) AS n FROM ${heads[filter]}`,
  };
}

/** Local transactions that wait, are stuck or were discarded, newest first. Fails with `bad-input` for a wrong cursor. */
export function listQueue(
  db: ReadableDb,
  input: CommandRequest<'queue.list'>,
): Result<CommandOutput<'queue.list'>, AppError> {
  const cursor = readCursor(input.cursor, z.tuple([z.int()]));
  if (!cursor.ok) return cursor;
  const sql = queueSql(input.filter);
  const before = cursor.value?.[0] ?? Number.MAX_SAFE_INTEGER;
  const rows = db.all<{ txn: number }>(sql.page, before, input.limit + 1);
  const items = rows.slice(0, input.limit).flatMap(({ txn }) => queueItem(db, txn) ?? []);
  const last = rows[input.limit - 1];
  const total = db.get<{ n: number }>(sql.count)?.n ?? 0;
  return ok({ items, total, next: last && rows.length > input.limit ? writeCursor([last.txn]) : null });
}

/** One local transaction with all its operations and their values before and after. Fails with `not-found`. */
export function getQueueItem(
  db: ReadableDb,
  input: CommandRequest<'queue.get'>,
): Result<CommandOutput<'queue.get'>, AppError> {
  const item = queueItem(db, input.txn);
  if (item === null) return fail(appError('not-found', String(input.txn)));
  const operations = operationsOf(db, input.txn).map((operation) => ({
    seq: operation.seq,
    table: operation.table_name,
    rowId: operation.row_id,
    op: operation.op,
    title: titleOf(db, operation),
    fields: fieldsOf(operation),
  }));
  return ok({ item, operations });
}

/*
 * The operations of a local transaction follow each other, because it alone writes while it lasts: it ends where the next one
 * begins. So the log's own order finds them, whatever their state.
 */
function operationsOf(db: ReadableDb, txn: number): Operation[] {
  const next = db.get<{ seq: number }>(
    'SELECT seq FROM _change_log WHERE seq > ? AND seq = txn ORDER BY seq LIMIT 1',
    txn,
  );
  return db.all<Operation>(
    `SELECT seq, table_name, row_id, op, new_values, old_values, actor, at, state FROM _change_log
     WHERE seq >= ? AND seq < ? AND txn = ? ORDER BY seq`,
    txn,
    next?.seq ?? Number.MAX_SAFE_INTEGER,
    txn,
  );
}

const owedReason = 'The cloud does not know this kind of record yet. It is sent by itself once the cloud is updated.';

/** Which of the tables of one local transaction it is about: a sale is a sale, not the stock that it moved. */
const weights: Readonly<Record<string, number>> = {
  transactions: 9,
  customers: 8,
  products: 7,
  conflicts: 6,
  credit_entries: 5,
  stock_movements: 4,
  transaction_items: 3,
  stock_levels: 2,
};

function queueItem(db: ReadableDb, txn: number): QueueItem | null {
  const operations = operationsOf(db, txn);
  const [first] = operations;
  // what the cloud confirmed has left the queue
  if (first === undefined || first.state === 4) return null;
  const weight = (operation: Operation) => weights[operation.table_name] ?? 0;
  const main = operations.reduce((best, operation) => (weight(operation) > weight(best) ? operation : best), first);
  const lines = operations.filter((operation) => operation.table_name === 'transaction_items').length;
  const reason = db.get<{ reason: string }>('SELECT reason FROM _dead_letters WHERE txn = ?', txn)?.reason ?? null;
  return {
    txn,
    title: titleOf(db, main, { lines }),
    table: main.table_name,
    op: main.op,
    operations: operations.length,
    actor: first.actor,
    at: first.at,
    state: stateWord(db, txn, first.state),
    reason: first.state === 1 ? owedReason : first.state === 2 || first.state === 3 ? reason : null,
    changes: fieldsOf(main).slice(0, 3),
  };
}

function stateWord(db: ReadableDb, txn: number, state: number): QueueItem['state'] {
  const words = { 2: 'held', 3: 'refused', 5: 'discarded' } as const;
  if (state in words) return words[state as keyof typeof words];
  const onItsWay =
    db.get('SELECT 1 FROM _outbox, json_each(_outbox.txns) WHERE json_each.value = ?', txn) !== undefined;
  return onItsWay ? 'sending' : 'saved';
}

function titleOf(db: ReadableDb, operation: Operation, more: Record<string, unknown> = {}): string {
  const known = { ...more, ...values(operation.old_values), ...values(operation.new_values) };
  return recordTitle(db, operation.table_name, operation.row_id, known);
}

/* Written by the capture triggers, so its shape is known. */
function values(json: string | null): Record<string, unknown> {
  return json === null ? {} : (JSON.parse(json) as Record<string, unknown>);
}

/** What an operation changed, in the order of the register; on an insert without the columns that stayed empty. */
function fieldsOf(operation: Operation): Field[] {
  const before = values(operation.old_values);
  const after = values(operation.new_values);
  const known = isTableName(operation.table_name) ? columnsOf(operation.table_name) : [];
  const all = new Set([...known, ...Object.keys(before), ...Object.keys(after)]);
  return [...all]
    .filter((column) => (before[column] ?? null) !== null || (after[column] ?? null) !== null || operation.op === 'U')
    .filter((column) => column in before || column in after)
    .map((column) => ({ column, before: before[column] ?? null, after: after[column] ?? null }));
}
