/** Row windows: old rows that this PC leaves out. Which rows are old is decided by the cloud's clock, never by this PC's. */
import { isTableName, tableNames, tableOf, type TableName } from '#shared/register.ts';
import { readMeta, writeMeta } from '#main/store/meta.ts';
import type { ReadableDb, Store, WritableDb } from '#main/store/types.ts';
import { readHeld } from './scopes.ts';
import type { Cutoffs } from './transport/types.ts';

const dayMs = 86_400_000;

/** From when on (ms) each window's rows are here; a window that is not named has all of them. */
export function readCutoffs(db: ReadableDb): Cutoffs {
  return readMeta<Cutoffs>(db, 'cutoffs') ?? {};
}

/** The cutoff that applies to a table's rows; null when all are here. */
export function cutoffOf(db: ReadableDb, table: string): number | null {
  const name = isTableName(table) ? tableOf(table).window?.name : undefined;
  return name === undefined ? null : (readCutoffs(db)[name] ?? null);
}

/** The name of each window and the tables it applies to. */
export function windowTables(): Map<string, TableName[]> {
  const windows = new Map<string, TableName[]>();
  for (const table of tableNames) {
    const name = tableOf(table).window?.name;
    if (name) windows.set(name, [...(windows.get(name) ?? []), table]);
  }
  return windows;
}

/**
 * Moves the cutoffs to where the chosen windows put them at this moment of the cloud's clock (ms), in whole days. A window that became wider
 * fetches what is missing; what became too old is purged by purge.ts.
 */
export function followWindows(store: Store, cloudNow: number): void {
  const before = readCutoffs(store.read);
  const windows = readHeld(store.read)?.windows ?? {};
  const after = Object.fromEntries(
    Object.entries(windows).map(([name, days]) => [name, Math.floor(cloudNow / dayMs - days) * dayMs]),
  );
  const names = [...windowTables().keys()].filter((name) => before[name] !== after[name]);
  if (names.length === 0) return;
  const wider = names.some((name) => before[name] !== undefined && (after[name] ?? -Infinity) < before[name]);
  store.apply({ tables: ['_sync'], origin: 'cloud' }, (db) => {
    writeMeta(db, 'cutoffs', after);
    if (wider) fetchOlder(db);
  });
}

/** A scope that is being read already begins again; its earlier pages lack the older rows. */
function fetchOlder(db: WritableDb): void {
  db.run('UPDATE _bootstraps SET tables = NULL, after = NULL, position = NULL, stamp = NULL');
  db.run(
    `INSERT OR IGNORE INTO _bootstraps (scope, reason) SELECT scope, 'window' FROM _cursors WHERE scope LIKE 'store:%'`,
  );
}
