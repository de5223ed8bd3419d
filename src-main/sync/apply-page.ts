/** Applies what the cloud sent: whole transactions of the cloud, in slices small enough to keep the host responsive. */
import type { TableName } from '#shared/register.ts';
import type { FeedRow, FeedScope, PullPage, ResetReason } from '#shared/sync/protocol.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import { showCloudRow, showCloudRows } from './cloud-rows.ts';
import { moveCursor } from './cursors.ts';
import { keepRow } from './kept-aside.ts';
import { hasOpenOperations, openOperations } from './operations.ts';
import { takeVersions } from './row-versions.ts';
import type { Image, Shape, Shapes } from './shapes.ts';

type Feed = Exclude<FeedScope, { reset: ResetReason }>;

type FindShape = Shapes['find'];

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
  shapes: FindShape,
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

type Slice = { readonly position: number; readonly stamp: number | null; readonly rows: readonly FeedRow[] };

function* slices(feed: Feed): Generator<Slice> {
  let start = 0;
  let end = 0;
  for (const [i, n] of feed.txns.entries()) {
    end += n;
    if (end - start >= sliceRows || i === feed.txns.length - 1) {
      // the cloud told the mark of the page's end only
      const stamp = i === feed.txns.length - 1 ? feed.stamp : null;
      yield { position: feed.from + i + 1, stamp, rows: feed.rows.slice(start, end) };
      start = end;
    }
  }
  if (feed.txns.length === 0) yield { position: feed.to, stamp: feed.stamp, rows: [] };
}

function applySlice(store: Store, scope: string, slice: Slice, shapes: FindShape, clock: number): void {
  const tables = new Set<TableName>();
  for (const [shape] of slice.rows) {
    const found = shapes(shape);
    if (found?.known) tables.add(found.table);
  }
  const change = slice.rows.length > 0 ? { tables: [...tables], origin: 'cloud' as const } : null;
  // rows and cursor together: what a power cut takes back is fetched again
  store.apply(
    change,
    (db) => {
      if (!moveCursor(db, scope, slice.position, slice.stamp)) return;
      applyRows(db, slice.rows, shapes);
      // later changes of this PC come after everything it has seen
      db.run('UPDATE _capture SET hlc = max(hlc, ?) WHERE id = 1', clock);
    },
    'lazy',
  );
}

function applyRows(db: WritableDb, rows: readonly FeedRow[], find: FindShape): void {
  const readable: { shape: Shape; row: FeedRow }[] = [];
  for (const row of rows) {
    const [shapeId, op, rowId, version, image] = row;
    const shape = find(shapeId);
    if (!shape) throw new BrokenPage(`A row of shape ${shapeId}, which nobody told`);
    if (shape.known) readable.push({ shape, row });
    else keepRow(db, shape, rowId, version, op === 'D' ? null : image);
  }
  const newer = takeVersions(
    db,
    readable.map(({ shape: { table }, row: [, op, id, version] }) => ({ table, id, version, deleted: op === 'D' })),
  );
  const pending = hasOpenOperations(db);
  const simple = createGathering(db);
  readable.forEach(({ shape, row: [, op, id, version, image] }, i) => {
    if (!newer[i]) return;
    const open = pending ? openOperations(db, shape.table, id) : [];
    if (op !== 'D' && image && open.length === 0) {
      simple.add(shape, [id, version, image]);
    } else {
      simple.put(shape.table);
      showCloudRow(db, shape, id, version, op === 'D' ? null : image, open);
    }
  });
  simple.putAll();
}

/** Gathers rows without unconfirmed changes, to put many at once; the order of each table stays. */
function createGathering(db: WritableDb) {
  const gathered = new Map<TableName, { readonly shape: Shape; readonly rows: [string, number, Image][] }>();
  const put = (table: TableName): void => {
    const found = gathered.get(table);
    if (found) showCloudRows(db, found.shape, found.rows);
    gathered.delete(table);
  };
  return {
    add(shape: Shape, row: [string, number, Image]): void {
      const found = gathered.get(shape.table);
      if (found?.shape === shape) {
        found.rows.push(row);
        return;
      }
      put(shape.table);
      gathered.set(shape.table, { shape, rows: [row] });
    },
    put,
    putAll: (): void => [...gathered.keys()].forEach(put),
  };
}
