import { readIdentity } from '#main/store/identity.ts';
import { readMeta } from '#main/store/meta.ts';
import type { ReadableDb } from '#main/store/types.ts';

/**
 * Names the state of the rows on this PC: two PCs with the same mark have the same rows. That holds for those that have everything of the feed up to the
 * same positions and nothing of their own on top; a PC with unconfirmed changes, or in the middle of reading a scope, has a mark of its own.
 */
export function stateMark(db: ReadableDb): string {
  const cursors = db.tuples<[string, number, number | null]>(
    'SELECT scope, position, stamp FROM _cursors ORDER BY scope',
  );
  const open = db.get<{ txn: number | null }>('SELECT max(txn) AS txn FROM _change_log WHERE state < 4')?.txn ?? null;
  const reading = db.tuples<[string, number]>(
    `SELECT scope, rows_done FROM _bootstraps UNION ALL SELECT scope, -1 FROM _leaving ORDER BY scope`,
  );
  const own =
    open === null && reading.length === 0
      ? null
      : [readIdentity(db)?.deviceId, db.get<{ seq: number }>('SELECT max(seq) AS seq FROM _change_log')?.seq, reading];
  return JSON.stringify([cursors, readMeta(db, 'cloud_epoch'), readMeta(db, 'cutoffs'), own]);
}
