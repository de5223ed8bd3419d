/** The cloud was set back to an earlier state: what it has lost of this PC's work is sent again. */
import type { WritableDb } from '#main/store/types.ts';
import { writeMeta } from '#main/store/meta.ts';
import { batchStart, lastConfirmed } from './identities.ts';
import { resetAll } from './reset.ts';

/**
 * Takes back the confirmation of every batch after `lastBatch`, the last one the cloud has from this device. Nothing is doubled by that: the
 * cloud by definition does not have them. Answers how many operations wait again.
 */
export function rewind(db: WritableDb, lastBatch: number): number {
  if (lastBatch >= lastConfirmed(db)) return 0;
  const lost = reopen(db, batchStart(db) + lastBatch, Number.MAX_SAFE_INTEGER);
  // their numbers come after those that the cloud has lost
  db.run('DELETE FROM _outbox');
  writeMeta(db, 'last_batch', lastBatch);
  resetAll(db, 'rewound');
  return lost;
}

/** Operations whose confirmation by one of the batches (counted as in `_identities`) after `from` and up to `to` is worth nothing wait again. */
export function reopen(db: WritableDb, from: number, to: number): number {
  // images under these rows contain what is no longer confirmed
  db.run(
    `DELETE FROM _shadow WHERE (table_name, row_id) IN
       (SELECT table_name, row_id FROM _change_log WHERE state = 4 AND batch > ? AND batch <= ?)`,
    from,
    to,
  );
  return db.run(
    'UPDATE _change_log SET state = 0, base_version = -1, batch = NULL WHERE state = 4 AND batch > ? AND batch <= ?',
    from,
    to,
  ).changes;
}
