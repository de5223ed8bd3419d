/** What a person sees of this PC's scopes: what may be chosen, what was chosen, how much of it is here. */
import type { ScopeItem, ScopesReport } from '#shared/contract/schemas.ts';
import { columnsOf, tableNames, tableOf, type TableName } from '#shared/register.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { ReadableDb, Store } from '#main/store/types.ts';
import { bootstrapProgress } from './bootstrap.ts';
import { readHeld } from './scopes.ts';
import { readCutoffs, windowTables } from './windows.ts';

type Size = { rows: number; bytes: number };

/** Rows that are counted between yields. */
const sliceRows = 2000;
/** How long a count is good enough, in milliseconds. */
const countedFor = 10_000;

/** Answers the report. Rows are counted in slices, and not more often than every ten seconds unless the scopes changed. */
export function createScopeReport(store: Store, yieldNow: () => Promise<void>): () => Promise<ScopesReport> {
  let counted: { at: number; sizes: Promise<Map<string, Size>> } | null = null;
  store.onChange(({ tables }) => {
    if (tables.includes('_sync')) counted = null;
  });
  return async () => {
    const now = store.now();
    if (!counted || now - counted.at >= countedFor || now < counted.at) {
      counted = { at: now, sizes: countScopes(store.read, yieldNow) };
    }
    const sizes = await counted.sizes;
    return { scopes: listScopes(store.read, sizes), windows: listWindows(store.read) };
  };
}

async function countScopes(db: ReadableDb, yieldNow: () => Promise<void>): Promise<Map<string, Size>> {
  const sizes = new Map<string, Size>();
  for (const table of tableNames) {
    const sql = countSql(table);
    for (let after = ''; ;) {
      const groups = db.all<{ scope: string; n: number; bytes: number; last: string }>(sql, after);
      for (const { scope, n, bytes, last } of groups) {
        const size = sizes.get(scope) ?? { rows: 0, bytes: 0 };
        sizes.set(scope, { rows: size.rows + n, bytes: size.bytes + bytes });
        if (last > after) after = last;
      }
      if (groups.reduce((sum, { n }) => sum + n, 0) < sliceRows) break;
      await yieldNow();
    }
  }
  return sizes;
}

function countSql(table: TableName): string {
  const scope = { chain: `'chain'`, store: `'store:' || store_id`, named: 'scope' }[tableOf(table).scope];
  const bytes = ['id', ...columnsOf(table)].map((name) => `coalesce(octet_length("${name}"), 0)`).join(' + ');
  return `SELECT ${scope} AS scope, count(*) AS n, sum(${bytes}) AS bytes, max(id) AS last
    FROM (SELECT * FROM "${table}" WHERE id > ? ORDER BY id LIMIT ${sliceRows}) GROUP BY 1`;
}

type StoreName = { id: string; name: string; region: string };

function listScopes(db: ReadableDb, sizes: ReadonlyMap<string, Size>): ScopeItem[] {
  const held = readHeld(db);
  const own = readIdentity(db)?.storeId ?? '';
  const fixed = ['chain', `store:${own}`];
  const stores = db.all<StoreName>('SELECT id, name, region FROM stores ORDER BY name, id');
  const regionOf = new Map(stores.map(({ id, region }) => [`store:${id}`, `region:${region}`]));
  const grants = new Set(held?.grants);
  const chosen = new Set(held?.scopes);
  const offered = [
    ...fixed,
    ...[...grants].filter((scope) => scope.startsWith('region:')),
    ...[...regionOf].filter(([scope, region]) => grants.has(scope) || grants.has(region)).map(([scope]) => scope),
    // what is no longer granted is listed until it has left
    ...db.all<{ scope: string }>('SELECT scope FROM _leaving').map(({ scope }) => scope),
  ];
  const names = new Map(stores.map(({ id, name }) => [`store:${id}`, name]));
  return [...new Set(offered)].map((scope) => {
    const region = regionOf.get(scope);
    return {
      scope,
      kind: scope.startsWith('store:') ? 'store' : scope.startsWith('region:') ? 'region' : 'chain',
      name: names.get(scope) ?? scope.replace(/^(store|region):/, ''),
      fixed: fixed.includes(scope),
      chosen: fixed.includes(scope) || chosen.has(scope),
      through: region !== undefined && chosen.has(region) && !fixed.includes(scope) ? region : null,
      state: stateOf(db, scope),
      ...(sizes.get(scope) ?? { rows: 0, bytes: 0 }),
      progress: bootstrapProgress(db, scope),
    };
  });
}

function stateOf(db: ReadableDb, scope: string): ScopeItem['state'] {
  if (db.get(`SELECT 1 FROM _bootstraps WHERE scope = ?`, scope)) return 'loading';
  if (db.get('SELECT 1 FROM _cursors WHERE scope = ?', scope)) return 'here';
  if (db.get('SELECT 1 FROM _leaving WHERE scope = ?', scope)) return 'leaving';
  return readHeld(db)?.effective.includes(scope) ? 'loading' : 'absent';
}

function listWindows(db: ReadableDb): ScopesReport['windows'] {
  const days = readHeld(db)?.windows ?? {};
  const cutoffs = readCutoffs(db);
  return [...windowTables()].map(([name, tables]) => ({
    name,
    tables,
    days: days[name] ?? null,
    since: cutoffs[name] ?? null,
  }));
}
