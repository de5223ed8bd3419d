/** The rows of a table as the cloud should have them, in slices: the visible ones without the changes that are not confirmed yet. */
import type { TableName } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';
import type { Schema } from '#main/store/schema.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { cloudImageOf } from '../cloud-rows.ts';
import { openOperations } from '../operations.ts';
import type { Operation } from '../sections.ts';
import type { Cutoffs } from '../transport/types.ts';
import { bucketOf, contentOf, contentSql } from './content.ts';
import { standsAsShown } from './shown.ts';

/** What is compared. */
export type Compared = {
  readonly scopes: ReadonlySet<string>;
  /** Scopes whose rows are being purged: neither expected nor wrong. */
  readonly leaving: ReadonlySet<string>;
  readonly cutoffs: Cutoffs;
};

export type LocalRow = { readonly id: string; readonly content: string };

export type Slice = {
  /** In the order of the ids. */
  readonly rows: readonly LocalRow[];
  /** Rows that nobody should have here: of a scope that this PC does not follow. */
  readonly strays: readonly string[];
  /** Rows that do not show what follows from the cloud's image and the unconfirmed changes. */
  readonly wrong: readonly string[];
};

/** Rows that are read at a time, and among them those with unconfirmed changes: a few milliseconds at most. */
const sliceRows = 250;
const sliceOpenRows = 50;

/**
 * All rows of a table in these buckets (null: all), `columns` null for ids and versions alone. Rows outside of the compared scopes and windows
 * are left out.
 */
export function* localSlices(
  db: ReadableDb,
  table: TableName,
  columns: readonly string[] | null,
  buckets: readonly string[] | null,
  compared: Compared,
): Generator<Slice> {
  const window = windowOf(db.schema, table, compared.cutoffs);
  const among = buckets && JSON.stringify(buckets);
  const wanted = buckets && new Set(buckets);
  const inBuckets = among === null ? '' : 'AND substr(t.id, 35, 2) IN (SELECT value FROM json_each(?))';
  const sql = `SELECT t.id AS id, ${scopeSql(db.schema, table)} AS scope, ${window?.sql ?? '1'} AS inside, ${contentSql(db.schema, table, columns ?? [])} AS content
    FROM "${table}" t LEFT JOIN _row_state s ON s.table_name = '${table}' AND s.row_id = t.id
    WHERE t.id > ? AND t.id <= ? ${inBuckets} ORDER BY t.id`;
  const params = among === null ? [] : [among];
  for (let after = ''; ;) {
    const end = endOfSlice(db, table, after);
    const busy = rowsWithOpen(db, table, after, end).filter((id) => !wanted || wanted.has(bucketOf(id)));
    const busyIds = new Set(busy);
    const rows: LocalRow[] = [];
    const strays: string[] = [];
    const wrong: string[] = [];
    for (const row of db.all<Row>(sql, after, end, ...params)) {
      if (busyIds.has(row.id)) continue;
      if (compared.scopes.has(row.scope)) {
        if (row.inside) rows.push({ id: row.id, content: row.content });
      } else if (!compared.leaving.has(row.scope)) {
        strays.push(row.id);
      }
    }
    for (const id of busy) {
      const open = openOperations(db, table, id);
      if (!standsAsShown(db, table, id, open)) wrong.push(id);
      const row = underneath(db, table, id, open, columns, compared);
      if (row) rows.push(row);
    }
    if (busy.length > 0) rows.sort((a, b) => (a.id < b.id ? -1 : 1));
    yield { rows, strays, wrong };
    if (end === lastId) return;
    after = end;
  }
}

type Row = { id: string; scope: string; inside: number; content: string };

/** Greater than every id: ids are hex digits and dashes, and whatever else another program wrote is text. */
const lastId = '\u{10ffff}';

/** The id that ends a slice of table and log together. */
function endOfSlice(db: ReadableDb, table: TableName, after: string): string {
  const row = db.get<{ id: string }>(
    `SELECT id FROM "${table}" WHERE id > ? ORDER BY id LIMIT 1 OFFSET ${sliceRows - 1}`,
    after,
  );
  const open = db.get<{ id: string }>(
    `SELECT DISTINCT row_id AS id FROM _change_log WHERE state < 4 AND table_name = ? AND row_id > ?
     ORDER BY row_id LIMIT 1 OFFSET ${sliceOpenRows - 1}`,
    table,
    after,
  );
  return [row?.id ?? lastId, open?.id ?? lastId].toSorted()[0] ?? lastId;
}

function rowsWithOpen(db: ReadableDb, table: TableName, after: string, end: string): string[] {
  return db
    .all<{ id: string }>(
      `SELECT DISTINCT row_id AS id FROM _change_log WHERE state < 4 AND table_name = ? AND row_id > ? AND row_id <= ? ORDER BY row_id`,
      table,
      after,
      end,
    )
    .map(({ id }) => id);
}

function underneath(
  db: ReadableDb,
  table: TableName,
  id: string,
  open: readonly Operation[],
  columns: readonly string[] | null,
  compared: Compared,
): LocalRow | null {
  const values = cloudImageOf(db, table, id, open);
  if (
    !values ||
    !compared.scopes.has(scopeOf(db.schema, table, values)) ||
    !isInside(db, table, values, compared.cutoffs)
  )
    return null;
  const state = db.get<{ version: number; deleted: number }>(
    'SELECT version, deleted FROM _row_state WHERE table_name = ? AND row_id = ?',
    table,
    id,
  );
  const row = { id, version: state?.version ?? 0, markedDeleted: (state?.deleted ?? 0) > 0, values };
  return { id, content: contentOf(db.schema, table, columns ?? [], row) };
}

function scopeSql(schema: Schema, table: TableName): string {
  const { scope } = schema.tableOf(table);
  if (scope === 'chain') return `'chain'`;
  return scope === 'store' ? `'store:' || t.store_id` : 't.scope';
}

function scopeOf(schema: Schema, table: TableName, values: Values): string {
  const { scope } = schema.tableOf(table);
  if (scope === 'chain') return 'chain';
  return scope === 'store' ? `store:${values['store_id']}` : String(values['scope']);
}

/** The part of the window's rule that speaks of one row; null when all rows of the table are here. */
function windowOf(schema: Schema, table: TableName, cutoffs: Cutoffs): { readonly sql: string } | null {
  const { window } = schema.tableOf(table);
  const cutoff = window && cutoffs[window.name];
  if (!window || cutoff === undefined) return null;
  if ('column' in window) return { sql: `t."${window.column}" >= ${cutoff}` };
  const column = columnOfParent(schema, window.parent);
  // a parent whose deletion is not confirmed is still there in the cloud
  return {
    sql: `(EXISTS (SELECT 1 FROM "${window.parent}" p WHERE p.id = t."${window.key}" AND p."${column}" >= ${cutoff})
      OR EXISTS (SELECT 1 FROM _change_log l WHERE l.state < 4 AND l.table_name = '${window.parent}' AND l.row_id = t."${window.key}"
        AND l.op = 'D' AND l.old_values ->> '${column}' >= ${cutoff}))`,
  };
}

function isInside(db: ReadableDb, table: TableName, values: Values, cutoffs: Cutoffs): boolean {
  const { window } = db.schema.tableOf(table);
  const cutoff = window && cutoffs[window.name];
  if (!window || cutoff === undefined) return true;
  if ('column' in window) return Number(values[window.column]) >= cutoff;
  const parent = window.parent as TableName;
  const id = String(values[window.key]);
  const image = cloudImageOf(db, parent, id, openOperations(db, parent, id));
  return image !== null && Number(image[columnOfParent(db.schema, window.parent)]) >= cutoff;
}

function columnOfParent(schema: Schema, parent: string): string {
  const window = schema.tableOf(parent as TableName).window;
  return window && 'column' in window ? window.column : 'id';
}
