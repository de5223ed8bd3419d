/** After an update of the app: shows what was kept aside because the version before did not know its tables or columns. */
import type { TableName } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { readMeta, writeMeta } from '#main/store/meta.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import { cloudImageOf, showValues } from './cloud-rows.ts';
import { forgetKept, keep } from './kept-aside.ts';
import { openOperations } from './operations.ts';
import { takeVersions } from './row-versions.ts';
import { verifySoon } from './verification/plan.ts';

type Known = Record<string, readonly string[]>;
type DeferredRow = { table_name: string; row_id: string; version: number; op: 'U' | 'D'; image: string | null };

const sliceRows = 200;

/**
 * To be called before the first cycle of a start. After an update that brought tables or columns it shows what was kept of them. The cloud may hold
 * more than this PC was ever sent, defaults of new columns for example, so the rows of those tables are compared soon.
 */
export async function readAgain(store: Store, yieldNow: () => Promise<void>): Promise<void> {
  const { schema } = store.read;
  const before = readMeta<Known>(store.read, 'known_columns');
  const now: Known = Object.fromEntries(schema.tables.map((table) => [table, schema.columnsOf(table)]));
  if (JSON.stringify(before) === JSON.stringify(now)) return;
  const grown = schema.tables.filter((table) =>
    now[table]?.some((column) => before?.[table]?.includes(column) !== true),
  );
  for (const table of grown) {
    for (let after = ''; ;) {
      const rows = store.read.all<DeferredRow>(
        `SELECT * FROM _deferred WHERE table_name = ? AND row_id > ? ORDER BY row_id LIMIT ${sliceRows}`,
        table,
        after,
      );
      if (rows.length > 0)
        store.apply({ tables: [table], origin: 'cloud' }, (db) => rows.forEach((row) => readRow(db, table, row)));
      if (rows.length < sliceRows) break;
      after = rows.at(-1)?.row_id ?? '';
      await yieldNow();
    }
  }
  const synced = store.read.get('SELECT 1 FROM _row_state LIMIT 1') !== undefined;
  store.apply(null, (db) => {
    writeMeta(db, 'known_columns', now);
    if (synced && grown.length > 0) verifySoon(db, grown, store.now());
  });
}

function readRow(db: WritableDb, table: TableName, { row_id: rowId, version, image }: DeferredRow): void {
  const values = image === null ? null : (JSON.parse(image) as Values);
  const mine = new Set(db.schema.columnsOf(table));
  const entries = Object.entries(values ?? {});
  const open = openOperations(db, table, rowId);
  const underneath = cloudImageOf(db, table, rowId, open);
  // the row of a table that was unknown as a whole has no version here yet
  const [isNew] = takeVersions(db, [{ table, id: rowId, version, deleted: values === null }]);
  if (values && (isNew || underneath)) {
    const learned = Object.fromEntries(entries.filter(([name]) => mine.has(name)));
    showValues(db, table, rowId, { ...underneath, ...learned }, open);
  }
  const still = entries.filter(([name]) => !mine.has(name));
  if (values === null || still.length === 0) forgetKept(db, table, rowId);
  else keep(db, table, rowId, version, Object.fromEntries(still));
}
