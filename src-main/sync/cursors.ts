/** How far this PC has read each scope's feed, and which scopes it has to read from nothing. */
import type { Cursors, ResetReason } from '#shared/sync/protocol.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';

export function readCursors(db: ReadableDb): Cursors {
  const rows = db.all<{ scope: string; position: number; stamp: number | null }>(
    'SELECT scope, position, stamp FROM _cursors',
  );
  return Object.fromEntries(rows.map(({ scope, position, stamp }) => [scope, [position, stamp]]));
}

/** As many cursors as are shown with every batch; a restore of the cloud sets all of them back, so some are enough. */
const shownCursors = 10;

/** Cursors with a mark, the own store's first, as proof of which cloud this PC's versions are from. */
export function lastSeen(db: ReadableDb): Cursors {
  const rows = db.all<{ scope: string; position: number; stamp: number }>(
    `SELECT scope, position, stamp FROM _cursors WHERE stamp IS NOT NULL ORDER BY scope <> ?, scope LIMIT ${shownCursors}`,
    `store:${readIdentity(db)?.storeId ?? ''}`,
  );
  return Object.fromEntries(rows.map(({ scope, position, stamp }) => [scope, [position, stamp]]));
}

/** Moves a cursor on; false when this PC no longer follows the scope, and then nothing of it may be applied. */
export function moveCursor(db: WritableDb, scope: string, position: number, stamp: number | null): boolean {
  const { changes } = db.run('UPDATE _cursors SET position = ?, stamp = ? WHERE scope = ?', position, stamp, scope);
  return changes > 0;
}

/** Reads this scope from nothing, from the next round on; one that is being read already goes on. */
export function beginAnew(db: WritableDb, scope: string, reason: ResetReason): void {
  db.run('DELETE FROM _cursors WHERE scope = ?', scope);
  db.run(`DELETE FROM _bootstraps WHERE scope = ? AND reason = 'window'`, scope);
  db.run('INSERT OR IGNORE INTO _bootstraps (scope, reason) VALUES (?, ?)', scope, reason);
}
