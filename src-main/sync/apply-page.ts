/** Applies what the cloud sent: whole transactions of the cloud, in slices small enough to keep the host responsive. */
import { columnsOf, isTableName, type TableName } from '#shared/register.ts';
import type { FeedRow, FeedScope, PullPage } from '#shared/sync/protocol.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import { noteVersion, showCloudRow, type Shape } from './cloud-rows.ts';
import { hasOpenOperations, openOperations } from './operations.ts';
import type { Shapes } from './acknowledge.ts';

type Feed = Exclude<FeedScope, { reset: true }>;

/** A page that contradicts itself: nothing of it was applied. */
export class BrokenPage extends Error {
  override readonly name = 'BrokenPage';
}

/** About this many rows are applied in one transaction; a larger transaction of the cloud is applied whole. */
const sliceRows = 500;

/** Applies a page scope by scope; `yieldNow` lets other work in between slices. Answers the rows that were received. */
export async function applyPage(
  store: Store,
  page: PullPage,
  shapes: Shapes,
  yieldNow: () => Promise<void>,
): Promise<number> {
  const feeds = page.scopes.filter((scope): scope is Feed => !('reset' in scope));
  feeds.forEach(checkFeed);
  let received = 0;
  for (const feed of feeds) {
    for (const slice of slices(feed)) {
      applySlice(store, feed.scope, slice, shapes, page.clock);
      received += slice.rows.length;
      await yieldNow();
    }
  }
  return received;
}

function checkFeed(feed: Feed): void {
  const rows = feed.txns.reduce((sum, n) => sum + n, 0);
  if (feed.to - feed.from !== feed.txns.length || rows !== feed.rows.length) {
    throw new BrokenPage(
      `${feed.scope}: ${feed.from} to ${feed.to} with ${feed.txns.length} transactions, ${rows} of ${feed.rows.length} rows`,
    );
  }
}

type Slice = { readonly position: number; readonly rows: readonly FeedRow[] };

function* slices(feed: Feed): Generator<Slice> {
  let start = 0;
  let end = 0;
  for (const [i, n] of feed.txns.entries()) {
    end += n;
    if (end - start >= sliceRows || i === feed.txns.length - 1) {
      yield { position: feed.from + i + 1, rows: feed.rows.slice(start, end) };
      start = end;
    }
  }
}

function applySlice(store: Store, scope: string, slice: Slice, shapes: Shapes, clock: number): void {
  const tables = new Set<TableName>();
  for (const [shape] of slice.rows) {
    const table = shapes(shape)?.table;
    if (table) tables.add(table);
  }
  const change = slice.rows.length > 0 ? { tables: [...tables], origin: 'cloud' as const } : null;
  // rows and cursor together: what a power cut takes back is fetched again
  store.apply(
    change,
    (db) => {
      const pending = hasOpenOperations(db);
      for (const row of slice.rows) applyRow(db, row, shapes, pending);
      db.run(
        'INSERT INTO _cursors (scope, position) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET position = excluded.position',
        scope,
        slice.position,
      );
      // later changes of this PC come after everything it has seen
      db.run('UPDATE _capture SET hlc = max(hlc, ?) WHERE id = 1', clock);
    },
    'lazy',
  );
}

function applyRow(
  db: WritableDb,
  [shapeId, op, rowId, version, image]: FeedRow,
  shapes: Shapes,
  pending: boolean,
): void {
  const shape = shapes(shapeId);
  if (!shape) {
    defer(db, `shape ${shapeId}`, [shapeId, op, rowId, version, image]);
    return;
  }
  if (!noteVersion(db, shape.table, rowId, version, op === 'D')) return;
  showCloudRow(db, shape, rowId, op === 'D' ? null : image, pending ? openOperations(db, shape.table, rowId) : []);
}

/** Keeps what this version cannot read, for after an update. */
function defer(db: WritableDb, table: string, [, op, rowId, version, image]: FeedRow): void {
  db.run(
    `INSERT INTO _deferred (table_name, row_id, version, op, image) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (table_name, row_id) DO UPDATE SET version = excluded.version, op = excluded.op, image = excluded.image WHERE excluded.version > version`,
    table,
    rowId,
    version,
    op,
    image && JSON.stringify(image),
  );
}

/**
 * Finds row shapes by the number the cloud gave them. A shape with a table or column that this version does not know has no entry: its rows
 * are kept aside.
 */
export function createShapes(): { find: Shapes; learn: (shapes: PullPage['shapes']) => void } {
  const known = new Map<number, Shape>();
  return {
    find: (id) => known.get(id),
    learn: (shapes) => {
      for (const [id, [table = '', ...columns]] of Object.entries(shapes)) {
        if (known.has(Number(id)) || !isTableName(table)) continue;
        const mine = columnsOf(table);
        if (columns.every((name) => mine.includes(name))) known.set(Number(id), { table, columns });
      }
    },
  };
}
