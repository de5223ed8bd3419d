/** What the cloud has already, though this disk never heard the answer: a copy of it had sent it. */
import type { TableName } from '#shared/register.ts';
import { rebase } from '#shared/sync/rebase.ts';
import type { WritableDb } from '#main/store/types.ts';
import { cloudImageOf, dropShadow, setShadow } from './cloud-rows.ts';
import { openOperations, operationsOf } from './operations.ts';
import { readAllAnew } from './reset.ts';

/**
 * Marks local transactions as confirmed that the cloud has by another way, also stuck and discarded ones. What the cloud made of their rows is
 * not known here, so those are read anew. Answers the tables touched.
 */
export function markKnown(db: WritableDb, txns: readonly number[], batch: number): Set<TableName> {
  const operations = txns.flatMap((txn) => operationsOf(db, txn));
  const rows = new Map(operations.map(({ table, rowId }) => [table + rowId, { table, rowId }]));
  const images = [...rows.values()].map(({ table, rowId }) => ({
    table,
    rowId,
    image: cloudImageOf(db, table, rowId, openOperations(db, table, rowId)),
  }));
  const list = JSON.stringify(txns);
  db.run(
    'UPDATE _change_log SET state = 4, batch = ? WHERE state <> 4 AND txn IN (SELECT value FROM json_each(?))',
    batch,
    list,
  );
  db.run('DELETE FROM _dead_letters WHERE txn IN (SELECT value FROM json_each(?))', list);
  for (const { table, rowId, image } of images) {
    const confirmed = operations.filter((each) => each.table === table && each.rowId === rowId);
    if (openOperations(db, table, rowId).length > 0) setShadow(db, table, rowId, rebase(table, image, confirmed));
    else dropShadow(db, table, rowId);
    db.run('DELETE FROM _row_state WHERE table_name = ? AND row_id = ?', table, rowId);
  }
  if (rows.size > 0) readAllAnew(db, 'new');
  return new Set([...rows.values()].map(({ table }) => table));
}
