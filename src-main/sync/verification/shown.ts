import type { TableName } from '#shared/register.ts';
import { rebase } from '#shared/sync/rebase.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { cloudImageOf, readVisible } from '../cloud-rows.ts';
import type { Operation } from '../sections.ts';

/** Policies whose shown value also depends on when something was seen, so that it does not follow from image and changes alone. */
const byHistory: ReadonlySet<string> = new Set(['max', 'min', 'union', 'state']);

/** Whether the visible row is what follows from the cloud's image underneath and the unconfirmed changes on top of it. */
export function standsAsShown(db: ReadableDb, table: TableName, id: string, open: readonly Operation[]): boolean {
  const visible = readVisible(db, table, id);
  const expected = rebase(table, cloudImageOf(db, table, id, open), open);
  if (!visible || !expected) return !visible && !expected;
  const changed = new Set(open.flatMap(({ after }) => Object.keys(after ?? {})));
  const { columns } = db.schema.tableOf(table);
  return Object.entries(expected).every(
    ([name, value]) =>
      !(name in visible) ||
      visible[name] === value ||
      (changed.has(name) && byHistory.has(columns[name]?.policy ?? '')),
  );
}
