/** Batches on their way: written down before they are sent, and sent again byte for byte until they have an answer. */
import { createHash } from 'node:crypto';
import type { PushBody, Unit } from '#shared/sync/protocol.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import { holdBehind } from './dead-letters.ts';
import { highestWritten, lastConfirmed } from './identities.ts';
import { keysOf, operationsOf, touchesStuckRow, type Portion } from './operations.ts';
import { groupByTxn, nextOperations } from './priority.ts';
import { setAsideOwed } from './owed.ts';
import { buildSections, type Operation } from './sections.ts';
import type { Shapes } from './shapes.ts';

export type OutboxBatch = {
  readonly batch: number;
  readonly hash: string;
  /** The body as JSON text, as it is sent. */
  readonly payload: string;
  readonly body: PushBody;
  readonly operations: number;
  /** The local transactions in it. */
  readonly txns: readonly number[];
  /** Its other form, unit by unit, where it went into a bundle in both: then nothing else may be sent after the cloud refused it as a whole. */
  readonly units?: { readonly hash: string; readonly payload: string };
};

/** Values of one batch at most; a larger single transaction still travels. */
export const maxBatchBytes = 700_000;

type OutboxRow = {
  batch: number;
  hash: string;
  payload: string;
  operations: number;
  txns: string;
  units: string | null;
};

/** The oldest batches after a number that were written down and have no answer yet, in their order. */
export function readOutbox(db: ReadableDb, after = 0, limit = Number.MAX_SAFE_INTEGER): OutboxBatch[] {
  return db
    .all<OutboxRow>(
      'SELECT batch, hash, payload, operations, txns, units FROM _outbox WHERE batch > ? ORDER BY batch LIMIT ?',
      after,
      limit,
    )
    .map(({ units, ...row }) => ({
      ...row,
      body: JSON.parse(row.payload) as PushBody,
      txns: JSON.parse(row.txns) as number[],
      ...(units === null ? {} : { units: JSON.parse(units) as NonNullable<OutboxBatch['units']> }),
    }));
}

export type Cut = Portion & {
  readonly now: number;
  /** What the cloud takes. */
  readonly shapes: Shapes;
  /** The batches still on their way: the next one touches no row of them, because their answers decide what it is based on. */
  readonly onTheWay: readonly OutboxBatch[];
  /** Only what cannot wait, and what that needs. */
  readonly sparing?: boolean;
  /**
   * For a change bundle: any number of batches is written down before the first has an answer, in units, and each may touch rows of those before
   * it. The cloud holds what follows on something that it refused.
   */
  readonly bundle?: boolean;
};

/** Cuts the next batch at transaction borders and writes it down; undefined when nothing can be sent now. */
export function cutBatch(db: WritableDb, cut: Cut): OutboxBatch | undefined {
  // what the cloud takes is asked first
  if (cut.shapes.stale) return undefined;
  const anyStuck = db.get('SELECT 1 FROM _change_log WHERE state IN (2, 3) LIMIT 1') !== undefined;
  const busyRows = new Set(cut.bundle ? [] : cut.onTheWay.flatMap(rowsOf));
  for (;;) {
    const candidates = nextOperations(db, cut, cut.sparing);
    if (candidates.length === 0) return undefined;
    if (!cut.shapes.takesAll() && setAsideOwed(db, candidates, cut.shapes)) continue;
    const sendable = anyStuck ? withoutHeld(db, candidates, cut.now) : candidates;
    if (sendable.length === 0) continue;
    const free = busyRows.size === 0 ? sendable : untilBusy(sendable, busyRows);
    if (free.length === 0) return undefined;
    const body = cut.bundle
      ? { units: unitsOf(db, free), after: lastConfirmed(db) }
      : { sections: buildSections(free, db.schema.tables), keys: keysOf(db, txnsOf(free)) };
    const content = { operations: free.length, txns: txnsOf(free) };
    return writeOutbox(db, highestWritten(db) + 1, content, body, cut.now);
  }
}

/** Rewrites a batch on its way as single units, after the cloud refused something in it and applied nothing. */
export function splitBatch(db: WritableDb, outbox: OutboxBatch, now: number): OutboxBatch {
  const { payload } = outbox.units ?? unitsForm(db, outbox);
  return writeOutbox(db, outbox.batch, outbox, JSON.parse(payload) as PushBody, now, payload);
}

/** Writes down the other form of a batch that was cut for the network and goes into a bundle too: both ways send the same bytes. */
export function addUnits(db: WritableDb, outbox: OutboxBatch): OutboxBatch {
  if ('units' in outbox.body || outbox.units) return outbox;
  const units = unitsForm(db, outbox);
  db.run('UPDATE _outbox SET units = ? WHERE batch = ?', JSON.stringify(units), outbox.batch);
  return { ...outbox, units };
}

function unitsForm(db: ReadableDb, { txns }: OutboxBatch): NonNullable<OutboxBatch['units']> {
  const operations = txns.flatMap((txn) => operationsOf(db, txn));
  const payload = JSON.stringify({ units: unitsOf(db, operations) } satisfies PushBody);
  return { hash: hashOf(payload), payload };
}

function unitsOf(db: ReadableDb, operations: readonly Operation[]): Unit[] {
  const groups = groupByTxn(operations);
  const keys = keysOf(db, [...groups.keys()]);
  return [...groups].map(([txn, list], i) => ({
    txn,
    key: keys[i] as string,
    sections: buildSections(list, db.schema.tables),
  }));
}

function txnsOf(operations: readonly Operation[]): number[] {
  return [...new Set(operations.map((operation) => operation.txn))];
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

/** Whole transactions that touch no stuck row; the others are held behind it. */
function withoutHeld(db: WritableDb, operations: readonly Operation[], now: number): Operation[] {
  return [...groupByTxn(operations)].flatMap(([txn, list]) => {
    if (!touchesStuckRow(db, list)) return list;
    holdBehind(db, txn, now);
    return [];
  });
}

function hashOf(payload: string): string {
  return createHash('sha256').update(payload).digest('hex');
}

function writeOutbox(
  db: WritableDb,
  batch: number,
  { operations, txns }: Pick<OutboxBatch, 'operations' | 'txns'>,
  body: PushBody,
  now: number,
  payload = JSON.stringify(body),
): OutboxBatch {
  const outbox: OutboxBatch = { batch, hash: hashOf(payload), payload, body, operations, txns };
  db.run(
    'INSERT OR REPLACE INTO _outbox (batch, hash, payload, operations, txns, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    outbox.batch,
    outbox.hash,
    payload,
    operations,
    JSON.stringify(txns),
    now,
  );
  return outbox;
}
