/** The batch on its way: written down before it is sent, and sent again byte for byte until it has an answer. */
import { createHash } from 'node:crypto';
import type { PushBody, Unit } from '#shared/sync/protocol.ts';
import { readMeta } from '#main/store/meta.ts';
import type { ReadableDb, Store, WritableDb } from '#main/store/types.ts';
import { pendingOperations, sendingOperations, setTxnState, state, touchesStuckRow } from './operations.ts';
import { buildSections, type Operation } from './sections.ts';
import { holdBehind } from './dead-letters.ts';

export type OutboxBatch = {
  readonly batch: number;
  readonly hash: string;
  readonly payload: string;
  readonly operations: number;
};

/** Values of one batch at most; a larger single transaction still travels. */
const maxBatchBytes = 700_000;

export function readOutbox(db: ReadableDb): OutboxBatch | undefined {
  return db.get<OutboxBatch>('SELECT batch, hash, payload, operations FROM _outbox WHERE id = 1');
}

/** Cuts the next batch at transaction borders and writes it down; undefined when nothing can be sent. */
export function cutBatch(store: Store, batchSize: number): OutboxBatch | undefined {
  if (store.read.get('SELECT 1 FROM _change_log WHERE state < 4 AND state = 0 LIMIT 1') === undefined) return undefined;
  return store.apply(null, (db) => {
    const anyStuck = db.get('SELECT 1 FROM _change_log WHERE state IN (2, 3) LIMIT 1') !== undefined;
    for (;;) {
      const candidates = pendingOperations(db, batchSize, maxBatchBytes);
      if (candidates.length === 0) return undefined;
      const sendable = anyStuck ? withoutHeld(db, candidates, store.now()) : candidates;
      if (sendable.length > 0) return writeOutbox(db, sendable, { sections: buildSections(sendable) }, store.now());
    }
  });
}

/** Rewrites the batch on its way as single units, after the cloud refused something in it and applied nothing. */
export function splitBatch(store: Store): OutboxBatch {
  return store.apply(null, (db) => {
    const operations = sendingOperations(db);
    const units: Unit[] = [...groupByTxn(operations)].map(([txn, list]) => ({ txn, sections: buildSections(list) }));
    return writeOutbox(db, operations, { units }, store.now());
  });
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
  const row = {
    batch: (readMeta<number>(db, 'last_batch') ?? 0) + 1,
    hash: createHash('sha256').update(payload).digest('hex'),
    payload,
    operations: operations.length,
  };
  for (const txn of new Set(operations.map((operation) => operation.txn))) setTxnState(db, txn, state.sending);
  db.run(
    `INSERT INTO _outbox (id, batch, hash, payload, operations, created_at) VALUES (1, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, payload = excluded.payload, operations = excluded.operations`,
    row.batch,
    row.hash,
    row.payload,
    row.operations,
    now,
  );
  return row;
}
