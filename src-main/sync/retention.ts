/** Nothing this PC keeps for itself grows without bound. What is shown to people is not touched here: old sales leave by row windows. */
import { readMeta, writeMeta } from '#main/store/meta.ts';
import type { ReadableDb, Store, WritableDb } from '#main/store/types.ts';

const dayMs = 86_400_000;
/**
 * Confirmed and discarded operations: the history of who changed what, and what this PC sends again when the cloud was set back, which backups
 * of the cloud allow for 28 days.
 */
const operationDays = 60;
/** Days on which a deletion stays known: as long as an older version of the row could still arrive. Shorter than in the cloud, see there. */
const tombstoneDays = 21;
/** Rows that one transaction looks at. */
const sliceRows = 500;

export type RetentionDeps = {
  readonly store: Store;
  readonly yieldNow: () => Promise<void>;
  readonly stopping: () => boolean;
};

/** How much went. */
export type Removed = { operations: number; letters: number; tombstones: number };
type Upkeep = { readonly at: number; readonly removed: Removed };

/** Whether a day has passed since the last time; `now` in ms by the cloud's clock. */
export function isDue(db: ReadableDb, now: number): boolean {
  const last = readMeta<Upkeep>(db, 'upkeep')?.at;
  return last === undefined || now - last >= dayMs || last > now + dayMs;
}

/**
 * Removes what is older than its time, in short transactions with other work in between. The newest operation always stays, so that its
 * number is not given again. Interrupted, it leaves no trace but what is gone, and is due again.
 */
export async function removeOld({ store, yieldNow, stopping }: RetentionDeps, now: number): Promise<Removed> {
  const removed: Removed = { operations: 0, letters: 0, tombstones: 0 };
  const before = now - operationDays * dayMs;
  const newest = store.read.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM _change_log')?.seq ?? 0;
  for (let after = 0; after < newest && !stopping(); await yieldNow()) {
    const slice = readSlice(store.read, after, newest);
    if (slice.length === 0) break;
    after = slice.at(-1)?.seq ?? newest;
    const old = oldOnes(slice, before, now);
    // in the order of their numbers the rest is newer still
    if (old.length === 0 && slice.every(({ at }) => at <= now)) break;
    if (old.length > 0) removed.operations += apply(store, (db) => removeOperations(db, old, before));
  }
  if (stopping()) return removed;
  removed.letters = apply(store, (db) => {
    const orphaned = 'txn NOT IN (SELECT txn FROM _change_log)';
    return (
      db.run(`DELETE FROM _dead_letters WHERE ${orphaned}`).changes +
      db.run(`DELETE FROM _change_edits WHERE ${orphaned}`).changes
    );
  });
  await yieldNow();
  if (stopping()) return removed;
  removed.tombstones = apply(store, (db) => {
    db.run('UPDATE _row_state SET deleted = deleted + 1 WHERE deleted > 0');
    const gone = db.run(
      `DELETE FROM _row_state WHERE deleted > ? AND NOT EXISTS (SELECT 1 FROM _change_log c
         WHERE c.state < 4 AND c.table_name = _row_state.table_name AND c.row_id = _row_state.row_id)`,
      tombstoneDays,
    ).changes;
    writeMeta(db, 'upkeep', { at: now, removed: { ...removed, tombstones: gone } } satisfies Upkeep);
    return gone;
  });
  return removed;
}

/** Lost with the power it is done again. */
function apply(store: Store, work: (db: WritableDb) => number): number {
  return store.apply(null, work, 'lazy');
}

type Entry = { readonly seq: number; readonly txn: number; readonly at: number };

function readSlice(db: ReadableDb, after: number, newest: number): Entry[] {
  return db.all<Entry>(
    'SELECT seq, txn, at FROM _change_log WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?',
    after,
    newest,
    sliceRows,
  );
}

/*
 * A time that lies in the future, by a clock that was wrong, says nothing: such an operation is as old as the one after it. A time that is too
 * early only takes it out of the history early.
 */
function oldOnes(slice: readonly Entry[], before: number, now: number): number[] {
  const old: number[] = [];
  let next = false;
  for (const { seq, at } of slice.toReversed()) {
    next = at > now + dayMs ? next : at < before;
    if (next) old.push(seq);
  }
  return old;
}

/** Whole transactions only, and of the discarded ones only those that were discarded long ago. */
function removeOperations(db: WritableDb, seqs: readonly number[], before: number): number {
  return db.run(
    `DELETE FROM _change_log WHERE seq IN (SELECT value FROM json_each(?)) AND state >= 4
       AND NOT EXISTS (SELECT 1 FROM _change_log o WHERE o.state < 4 AND o.txn = _change_log.txn)
       AND NOT EXISTS (SELECT 1 FROM _dead_letters l WHERE l.txn = _change_log.txn AND l.at >= ?)`,
    JSON.stringify(seqs),
    before,
  ).changes;
}
