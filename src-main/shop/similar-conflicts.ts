import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { conflictFields, conflictKind, type ConflictRow, findConflict } from './conflict-rows.ts';

/** As many as one bulk takes. */
const most = 500;

/**
 * Other open conflicts that the same answer may settle: the same kind and table, the same fields, the same two sides. Newest first, 500 at
 * most. Fails with `not-found`.
 */
export function similarConflicts(
  db: ReadableDb,
  { id }: CommandRequest<'conflicts.similar'>,
): Result<CommandOutput<'conflicts.similar'>, AppError> {
  const conflict = findConflict(db, id);
  if (conflict === undefined) return fail(appError('not-found', id));
  const candidates = db.all<ConflictRow>(
    `SELECT * FROM conflicts WHERE status = 'open' AND id <> ? AND table_name = ? AND coalesce(kind, 'fields') = ?
       AND incoming_device IS ? AND kept_device IS ? ORDER BY opened_at DESC, id DESC`,
    id,
    conflict.table_name,
    conflictKind(conflict),
    conflict.incoming_device,
    conflict.kept_device,
  );
  const fields = fieldSet(conflict);
  const alike = candidates.filter((one) => fieldSet(one) === fields).slice(0, most);
  return ok({ ids: alike.map((one) => one.id) });
}

function fieldSet(row: ConflictRow): string {
  return conflictFields(row)
    .map((field) => field.column)
    .toSorted()
    .join(',');
}
