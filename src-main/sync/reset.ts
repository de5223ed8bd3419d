/** Reading every scope anew: the cloud is not the one this PC knew, or this PC is not the one the cloud knew. */
import type { ResetReason } from '#shared/sync/protocol.ts';
import type { WritableDb } from '#main/store/types.ts';
import { forgetShapes } from './shapes.ts';

/** Reads every scope from nothing, from the next round on, also those that are being read. */
export function readAllAnew(db: WritableDb, reason: ResetReason): void {
  const scopes = db.all<{ scope: string }>('SELECT scope FROM _cursors UNION SELECT scope FROM _bootstraps');
  db.run('DELETE FROM _cursors');
  db.run('DELETE FROM _bootstraps');
  for (const { scope } of scopes) db.run('INSERT INTO _bootstraps (scope, reason) VALUES (?, ?)', scope, reason);
}

/**
 * The cloud was moved, or set back to an earlier state: nothing this PC knew about its rows counts any more. Operations that are not confirmed
 * stay as they are; the version they are based on becomes -1, "unknown": never equal to any, so the cloud merges them by their old values.
 */
export function resetAll(db: WritableDb, reason: 'rewound' | 'epoch'): void {
  readAllAnew(db, reason);
  db.run('DELETE FROM _row_state');
  db.run('DELETE FROM _deferred');
  forgetShapes(db);
  db.run('UPDATE _change_log SET base_version = -1 WHERE state < 4');
  // a discard can be undone
  db.run('UPDATE _change_log SET base_version = -1 WHERE state = 5');
}
