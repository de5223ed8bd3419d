import { z } from 'zod';
import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import type { QueueItem } from '#shared/contract/schemas.ts';
import { doneElsewhere, refusalActions } from '#shared/contract/refusals.ts';
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
type EditedField = CommandOutput<'queue.get'>['operations'][number]['fields'][number];

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
  const { txn } = input;
  const item = queueItem(db, txn);
  if (item === null) return fail(appError('not-found', String(txn)));
  const originals = originalValues(db, txn);
  const operations = operationsOf(db, txn).map((operation) => ({
    seq: operation.seq,
    table: operation.table_name,
    rowId: operation.row_id,
    op: operation.op,
    title: titleOf(db, operation),
    fields: withOriginals(fieldsOf(operation), originals.get(operation.seq)),
  }));
  const edited = originals.size > 0 && item.state !== 'discarded' && item.state !== 'settled';
  return ok({ item, operations, waitsFor: linked(db, txn, 'before'), holds: linked(db, txn, 'behind'), edited });
}

/** What operations said before anybody edited them, by their number. */
function originalValues(db: ReadableDb, txn: number): Map<number, Record<string, unknown>> {
  const rows = db.all<{ seq: number; new_values: string }>(
    'SELECT seq, new_values FROM _change_edits WHERE txn = ? ORDER BY id DESC',
    txn,
  );
  // the oldest is read last, and stays
  return new Map(rows.map((row) => [row.seq, values(row.new_values)]));
}

function withOriginals(fields: Field[], originals: Record<string, unknown> | undefined): EditedField[] {
  if (originals === undefined) return fields;
  return fields.map((field) => {
    const original = originals[field.column] ?? null;
    return original === (field.after ?? null) ? field : { ...field, original };
  });
}

/** Stuck local transactions that change the same records, made before this one (which it waits for) or after (which wait for it). */
function linked(db: ReadableDb, txn: number, side: 'before' | 'behind'): { txn: number; title: string }[] {
  const rows = db.all<{ txn: number }>(
    `SELECT DISTINCT o.txn FROM _change_log m JOIN _change_log o ON o.table_name = m.table_name AND o.row_id = m.row_id
     WHERE m.txn = ? AND m.state < 4 AND m.state IN (2, 3) AND o.state < 4 AND o.state IN (2, 3)
       AND ${side === 'before' ? 'o.txn < m.txn AND m.state = 2' : 'o.txn > m.txn AND o.state = 2'} ORDER BY o.txn LIMIT 20`,
    txn,
  );
  return rows.map((row) => ({ txn: row.txn, title: queueItem(db, row.txn)?.title ?? '' }));
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
  transcripts: 1,
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
  const letter = db.get<{ code: string; reason: string }>('SELECT code, reason FROM _dead_letters WHERE txn = ?', txn);
  const stuck = first.state === 2 || first.state === 3;
  const settled = first.state === 5 && letter?.code === doneElsewhere;
  return {
    txn,
    title: titleOf(db, main, { lines }),
    table: main.table_name,
    op: main.op,
    operations: operations.length,
    actor: first.actor,
    at: first.at,
    state: settled ? 'settled' : stateWord(db, txn, first.state),
    reason: first.state === 1 ? owedReason : stuck || settled ? (letter?.reason ?? null) : null,
    actions: stuck && letter ? [...refusalActions(letter.code)] : [],
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
