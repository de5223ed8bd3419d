/** Applies pages of a snapshot: what the cloud has in a range of ids is what this PC has there, under what it has not sent yet. */
import { tableOf, type TableName } from '#shared/register.ts';
import type { SnapshotPage } from '#shared/sync/protocol.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import { setShadow, showCloudRow, showCloudRows, showGoneRow } from './cloud-rows.ts';
import { keepRow } from './kept-aside.ts';
import { openOperations, rowsWithOpenOperations } from './operations.ts';
import { forgetVersions, setVersions } from './row-versions.ts';
import { rowsOfScope, type Condition } from './scopes.ts';
import type { ForeignShape, Image, Shape, Shapes } from './shapes.ts';

/** Which page was asked for. */
export type PageOf = {
  readonly scope: string;
  readonly table: string;
  readonly after: string | null;
  readonly cutoff: number | null;
};

/** About as many rows as are applied in one transaction. */
const sliceRows = 500;

/**
 * Applies a page in slices. `advance` runs in the transaction of each slice with the id up to which everything is applied now (null: the end
 * of the table) and the rows of the slice; when it answers false, this slice and the rest of the page are left alone.
 */
export async function applySnapshot(
  store: Store,
  of: PageOf,
  page: SnapshotPage,
  find: Shapes['find'],
  advance: (db: WritableDb, from: string | null, upTo: string | null, rows: number) => boolean,
  yieldNow: () => Promise<void>,
): Promise<void> {
  const table = store.read.schema.knows(of.table) ? of.table : null;
  const shape = find(page.shape);
  if (!shape) throw new Error(`The shape ${page.shape} of a page was not met`);
  let from = of.after;
  for (let start = 0; ;) {
    const rows = page.rows.slice(start, start + sliceRows);
    start += sliceRows;
    const last = start >= page.rows.length;
    const upTo = last ? page.next : (rows.at(-1)?.[0] ?? null);
    const after = from;
    // what a power cut takes back is fetched again
    const went = store.apply(
      rows.length > 0 && table ? { tables: [table], origin: 'cloud' } : null,
      (db) => {
        if (!advance(db, after, upTo, rows.length)) return false;
        if (table) removeMissing(db, table, of, { from: after, upTo, ids: rows.map(([id]) => id) });
        putRows(db, shape, rows);
        db.run('UPDATE _capture SET hlc = max(hlc, ?) WHERE id = 1', page.clock);
        return true;
      },
      'lazy',
    );
    if (!went || last) return;
    from = upTo;
    await yieldNow();
  }
}

function putRows(db: WritableDb, shape: Shape | ForeignShape, rows: SnapshotPage['rows']): void {
  if (!shape.known) {
    for (const [id, version, ...image] of rows) keepRow(db, shape, id, version, image);
    return;
  }
  const { table } = shape;
  setVersions(db, table, rows);
  const ids = rows.map(([id]) => id);
  const busy = rowsWithOpenOperations(db, table, ids);
  const simple: [string, number, Image][] = [];
  for (const [id, version, ...image] of rows) {
    if (busy.has(id)) showCloudRow(db, shape, id, version, image, openOperations(db, table, id));
    else simple.push([id, version, image]);
  }
  showCloudRows(db, shape, simple);
}

type Range = { readonly from: string | null; readonly upTo: string | null; readonly ids: readonly string[] };

/**
 * Rows of this range that are here and not in the page are gone in the cloud. Where unconfirmed operations stand on one, the cloud's image
 * under them becomes "none"; it is forgotten otherwise, with its version: what the feed says of it later counts from nothing.
 */
function removeMissing(db: WritableDb, table: TableName, { scope, cutoff }: PageOf, range: Range): void {
  const mine = rowsOfScope(db.schema.tableOf(table).scope, scope);
  if (!mine) return;
  const old = cutoff === null ? null : notOlder(table, cutoff);
  // every id is less than a tilde
  const bounds = [range.from ?? '', range.upTo ?? '~'];
  const here = db.all<{ id: string }>(
    `SELECT id FROM "${table}" WHERE id > ? AND id <= ? AND ${mine.sql} ${old ? `AND ${old.sql}` : ''}
       AND id NOT IN (SELECT value FROM json_each(?))`,
    ...bounds,
    ...mine.params,
    ...(old?.params ?? []),
    JSON.stringify(range.ids),
  );
  const ids = here.map(({ id }) => id);
  const busy = rowsWithOpenOperations(db, table, ids);
  for (const id of ids) {
    showGoneRow(db, table, id, busy.has(id) ? openOperations(db, table, id) : []);
  }
  forgetVersions(db, table, ids);
  for (const id of deletedHere(db, table, mine, bounds, range.ids)) setShadow(db, table, id, null);
}

/** Rows with an unsent delete are not here to be found missing; the cloud has no such row either. */
function deletedHere(
  db: WritableDb,
  table: TableName,
  mine: Condition,
  bounds: readonly string[],
  ids: readonly string[],
): string[] {
  const scoped = mine.sql.replace(/^(store_id|scope) = /, `old_values ->> '$1' = `);
  const rows = db.all<{ id: string }>(
    `SELECT DISTINCT row_id AS id FROM _change_log WHERE state < 4 AND table_name = ? AND row_id > ? AND row_id <= ?
       AND op = 'D' AND ${scoped} AND row_id NOT IN (SELECT value FROM json_each(?))`,
    table,
    ...bounds,
    ...mine.params,
    JSON.stringify(ids),
  );
  return rows.map(({ id }) => id);
}

/** Rows that the page was asked for: what is older than the cutoff is not in it, whether the cloud has it or not. */
function notOlder(table: TableName, cutoff: number): Condition | null {
  const { window } = tableOf(table);
  if (!window) return null;
  if ('column' in window) return { sql: `"${window.column}" >= ?`, params: [cutoff] };
  const parent = tableOf(window.parent as TableName).window;
  const column = parent && 'column' in parent ? parent.column : 'id';
  // a child without its parent is asked for too: nothing says that it is old
  return {
    sql: `NOT EXISTS (SELECT 1 FROM "${window.parent}" p WHERE p.id = "${window.key}" AND p."${column}" < ?)`,
    params: [cutoff],
  };
}
