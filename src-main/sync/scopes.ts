/** Which feeds this PC follows: what the cloud grants, what was chosen, and which rows of the store belong to a scope. */
import { tableNames, tableOf, type ScopeRule, type TableName } from '#shared/register.ts';
import type { HeldScopes } from '#shared/sync/protocol.ts';
import { deleteMeta, readMeta, writeMeta } from '#main/store/meta.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import { beginAnew } from './cursors.ts';

/** What the cloud last said of this PC's scopes; null before it was asked. */
export function readHeld(db: ReadableDb): HeldScopes | null {
  return readMeta<HeldScopes>(db, 'scopes') ?? null;
}

/** Takes over what the cloud says: scopes that are gone begin to leave. New ones begin with the next answer to a pull. */
export function holdScopes(db: WritableDb, held: HeldScopes): void {
  writeMeta(db, 'scopes', held);
  const here = db.all<{ scope: string }>('SELECT scope FROM _cursors UNION SELECT scope FROM _bootstraps');
  for (const { scope } of here) if (!held.effective.includes(scope)) leaveScope(db, scope);
  for (const scope of held.effective) db.run('DELETE FROM _leaving WHERE scope = ?', scope);
}

/** Receives nothing more of a scope; its rows are purged once nothing of them waits (purge.ts). */
export function leaveScope(db: WritableDb, scope: string): void {
  db.run('DELETE FROM _cursors WHERE scope = ?', scope);
  db.run('DELETE FROM _bootstraps WHERE scope = ?', scope);
  db.run('INSERT OR IGNORE INTO _leaving (scope) VALUES (?)', scope);
}

/** A new identity knows nothing of the feed: what the old one had sent itself, and a restored disk has lost, is in the cloud. */
export function followAnew(db: WritableDb, sameStore: boolean): void {
  const scopes = db.all<{ scope: string }>('SELECT scope FROM _cursors UNION SELECT scope FROM _bootstraps');
  // what the old one was in the middle of reading would leave out what it has sent itself since it began
  db.run('DELETE FROM _bootstraps');
  for (const { scope } of scopes) {
    if (sameStore || scope === 'chain') beginAnew(db, scope, 'new');
    else leaveScope(db, scope);
  }
  deleteMeta(db, 'scopes');
}

/** A condition on rows, with the values of its parameters. */
export type Condition = { readonly sql: string; readonly params: readonly (string | number)[] };

/** Which rows of a table with this rule belong to a scope; null when it has none there. */
export function rowsOfScope(rule: ScopeRule, scope: string): Condition | null {
  const [kind, id = ''] = scope.split(/:(.*)/s);
  if (rule === 'named') return { sql: 'scope = ?', params: [scope] };
  if (rule === 'chain') return kind === 'chain' ? { sql: 'true', params: [] } : null;
  return kind === 'store' ? { sql: 'store_id = ?', params: [id] } : null;
}

/** The tables with rows in a scope, parents before children. */
export function tablesOfScope(scope: string): TableName[] {
  return tableNames.filter((table) => rowsOfScope(tableOf(table).scope, scope) !== null);
}
