/** Batches on their way: written down before they are sent, and sent again byte for byte until they have an answer. */
import { createHash } from 'node:crypto';
import type { PushBody, Unit } from '#shared/sync/protocol.ts';
import { readMeta } from '#main/store/meta.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import { operationsOf, pendingOperations, touchesStuckRow } from './operations.ts';
import { buildSections, type Operation } from './sections.ts';
import { holdBehind } from './dead-letters.ts';

export type OutboxBatch = {
  readonly batch: number;
  readonly hash: string;
  /** The body as JSON text, as it is sent. */
  readonly payload: string;
  readonly body: PushBody;
  readonly operations: number;
  /** The local transactions in it. */
  readonly txns: readonly number[];
};

/** Values of one batch at most; a larger single transaction still travels. */
const maxBatchBytes = 700_000;

type OutboxRow = { batch: number; hash: string; payload: string; operations: number; txns: string };

/** The batches that were written down and have no answer yet, in their order. */
export function readOutbox(db: ReadableDb): OutboxBatch[] {
  return db
    .all<OutboxRow>('SELECT batch, hash, payload, operations, txns FROM _outbox ORDER BY batch')
    .map((row) => ({ ...row, body: JSON.parse(row.payload) as PushBody, txns: JSON.parse(row.txns) as number[] }));
}

/**
 * Cuts the next batch at transaction borders and writes it down; undefined when nothing can be sent now. It touches no row of the batches
 * still on their way: their answers decide what a later change of the same row is based on.
 */
export function cutBatch(
  db: WritableDb,
  batchSize: number,
  now: number,
  onTheWay: readonly OutboxBatch[],
): OutboxBatch | undefined {
  const anyStuck = db.get('SELECT 1 FROM _change_log WHERE state IN (2, 3) LIMIT 1') !== undefined;
  const busyRows = new Set(onTheWay.flatMap(rowsOf));
  for (;;) {
    const candidates = pendingOperations(db, batchSize, maxBatchBytes);
    if (candidates.length === 0) return undefined;
    const sendable = anyStuck ? withoutHeld(db, candidates, now) : candidates;
    if (sendable.length === 0) continue;
    const free = busyRows.size === 0 ? sendable : untilBusy(sendable, busyRows);
    return free.length > 0 ? writeOutbox(db, nextNumber(db), free, { sections: buildSections(free) }, now) : undefined;
  }
}

/** Rewrites a batch on its way as single units, after the cloud refused something in it and applied nothing. */
export function splitBatch(db: WritableDb, outbox: OutboxBatch, now: number): OutboxBatch {
  const operations = outbox.txns.flatMap((txn) => operationsOf(db, txn));
  const units: Unit[] = [...groupByTxn(operations)].map(([txn, list]) => ({ txn, sections: buildSections(list) }));
  return writeOutbox(db, outbox.batch, operations, { units }, now);
}

/** The number after the last one that has an answer or is on its way. */
function nextNumber(db: ReadableDb): number {
  const last = db.get<{ batch: number | null }>('SELECT max(batch) AS batch FROM _outbox')?.batch;
  return (last ?? readMeta<number>(db, 'last_batch') ?? 0) + 1;
}

function rowsOf({ body }: OutboxBatch): string[] {
  const sections = 'sections' in body ? body.sections : body.units.flatMap((unit) => unit.sections);
  return sections.flatMap((section) => section.rows.map((row) => section.t + row[1]));
}

/** The transactions before the first one that touches a busy row. */
function untilBusy(operations: readonly Operation[], busy: ReadonlySet<string>): Operation[] {
  const first = operations.find(({ table, rowId }) => busy.has(table + rowId));
  return first
    ? operations.slice(
        0,
        operations.findIndex(({ txn }) => txn === first.txn),
      )
    : [...operations];
}

function groupByTxn(operations: readonly Operation[]): Map<number, Operation[]> {
  const groups = new Map<number, Operation[]>();
  for (const operation of operations) {
    const group = groups.get(operation.txn);
    if (group) group.push(operation);
    else groups.set(operation.txn, [operation]);
  }
  return groups;
}

/** Whole transactions that touch no stuck row; the others are held behind it. */
function withoutHeld(db: WritableDb, operations: readonly Operation[], now: number): Operation[] {
  return [...groupByTxn(operations)].flatMap(([txn, list]) => {
    if (!touchesStuckRow(db, list)) return list;
    holdBehind(db, txn, now);
    return [];
  });
}

function writeOutbox(
  db: WritableDb,
  batch: number,
  operations: readonly Operation[],
  body: PushBody,
  now: number,
): OutboxBatch {
  const payload = JSON.stringify(body);
  const outbox: OutboxBatch = {
    batch,
    hash: createHash('sha256').update(payload).digest('hex'),
    payload,
    body,
    operations: operations.length,
    txns: [...new Set(operations.map((operation) => operation.txn))],
  };
  db.run(
    'INSERT OR REPLACE INTO _outbox (batch, hash, payload, operations, txns, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    outbox.batch,
    outbox.hash,
    payload,
    outbox.operations,
    JSON.stringify(outbox.txns),
    now,
  );
  return outbox;
}
