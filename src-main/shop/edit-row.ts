import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { actorOf } from '#main/store/operator.ts';
import type { SqlValue, Store } from '#main/store/types.ts';

/**
 * Updates the given columns of a row as one local transaction; columns whose value is the same already are left out, and
 * nothing at all is written when nothing differs. Fails with `not-found`. Table and column names come from code, never from outside.
 */
export function editRow(
  store: Store,
  table: 'products' | 'customers',
  id: string,
  changes: Readonly<Record<string, SqlValue | undefined>>,
): Result<Record<string, never>, AppError> {
  const row = store.read.get<Record<string, SqlValue>>(`SELECT * FROM ${table} WHERE id = ?`, id);
  if (row === undefined) return fail(appError('not-found', id));
  const changed = Object.entries(changes).filter(
    (entry): entry is [string, SqlValue] => entry[1] !== undefined && entry[1] !== row[entry[0]],
  );
  if (changed.length === 0) return ok({});
  const assignments = changed.map(([column]) => `"${column}" = ?`).join(', ');
  store.transaction(actorOf(store.read), (db) => {
    db.run(`UPDATE ${table} SET ${assignments} WHERE id = ?`, ...changed.map(([, value]) => value), id);
  });
  return ok({});
}
