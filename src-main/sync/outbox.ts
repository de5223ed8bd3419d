/** The batch on its way: written down before it is sent, and sent again byte for byte until it has an answer. */
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

/** The batch that was written down and has no answer yet. */
export function readOutbox(db: ReadableDb): OutboxBatch | undefined {
  const row = db.get<OutboxRow>('SELECT batch, hash, payload, operations, txns FROM _outbox WHERE id = 1');
  return row && { ...row, body: JSON.parse(row.payload) as PushBody, txns: JSON.parse(row.txns) as number[] };
}

/** Cuts the next batch at transaction borders and writes it down; undefined when nothing can be sent. */
export function cutBatch(db: WritableDb, batchSize: number, now: number): OutboxBatch | undefined {
  const anyStuck = db.get('SELECT 1 FROM _change_log WHERE state IN (2, 3) LIMIT 1') !== undefined;
  for (;;) {
    const candidates = pendingOperations(db, batchSize, maxBatchBytes);
    if (candidates.length === 0) return undefined;
    const sendable = anyStuck ? withoutHeld(db, candidates, now) : candidates;
    if (sendable.length > 0) return writeOutbox(db, sendable, { sections: buildSections(sendable) }, now);
  }
}

/** Rewrites the batch on its way as single units, after the cloud refused something in it and applied nothing. */
export function splitBatch(db: WritableDb, outbox: OutboxBatch, now: number): OutboxBatch {
  const operations = outbox.txns.flatMap((txn) => operationsOf(db, txn));
  const units: Unit[] = [...groupByTxn(operations)].map(([txn, list]) => ({ txn, sections: buildSections(list) }));
  return writeOutbox(db, operations, { units }, now);
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

function writeOutbox(db: WritableDb, operations: readonly Operation[], body: PushBody, now: number): OutboxBatch {
  const payload = JSON.stringify(body);
  const outbox: OutboxBatch = {
    batch: (readMeta<number>(db, 'last_batch') ?? 0) + 1,
    hash: createHash('sha256').update(payload).digest('hex'),
    payload,
    body,
    operations: operations.length,
    txns: [...new Set(operations.map((operation) => operation.txn))],
  };
  db.run(
    'INSERT OR REPLACE INTO _outbox (id, batch, hash, payload, operations, txns, created_at) VALUES (1, ?, ?, ?, ?, ?, ?)',
    outbox.batch,
    outbox.hash,
    payload,
    outbox.operations,
    JSON.stringify(outbox.txns),
    now,
  );
  return outbox;
}
