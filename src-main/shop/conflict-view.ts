import { z } from 'zod';
import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ConflictEvent, ConflictItem } from '#shared/contract/schemas.ts';
import { ok, type Result } from '#shared/result.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { ReadableDb } from '#main/store/types.ts';
import {
  conflictFields,
  conflictHistory,
  conflictImage,
  conflictKind,
  conflictResolution,
  type ConflictRow,
  recordOf,
} from './conflict-rows.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { recordTitle } from './record-title.ts';

/** Conflicts of this PC's scopes, newest first, each with both sides and the record. Fails with `bad-input` for a wrong cursor. */
export function listConflicts(
  db: ReadableDb,
  input: CommandRequest<'conflicts.list'>,
): Result<CommandOutput<'conflicts.list'>, AppError> {
  const cursor = readCursor(input.cursor, z.tuple([z.number(), z.string()]));
  if (!cursor.ok) return cursor;
  const [at, id] = cursor.value ?? [Number.MAX_SAFE_INTEGER, ''];
  const rows = db.all<ConflictRow>(
    `SELECT * FROM conflicts WHERE status = ? AND opened_at <= ? AND (opened_at < ? OR id < ?)
     ORDER BY opened_at DESC, id DESC LIMIT ?`,
    input.status,
    at,
    at,
    id,
    input.limit + 1,
  );
  const shown = rows.slice(0, input.limit);
  const last = shown.at(-1);
  const total = db.get<{ n: number }>('SELECT count(*) AS n FROM conflicts WHERE status = ?', input.status)?.n ?? 0;
  return ok({
    items: shown.map((row) => conflictItem(db, row)),
    total,
    next: last && rows.length > input.limit ? writeCursor([last.opened_at, last.id]) : null,
  });
}

function conflictItem(db: ReadableDb, row: ConflictRow): ConflictItem {
  const decided = row.status === 'resolved' ? conflictResolution(row) : null;
  return {
    id: row.id,
    kind: conflictKind(row),
    table: row.table_name,
    rowId: row.row_id,
    title: recordTitle(db, row.table_name, row.row_id, conflictImage(row) ?? {}),
    incoming: side(db, row.incoming_device, row.incoming_actor, row.incoming_at),
    kept: side(db, row.kept_device, row.kept_actor, row.kept_at),
    fields: conflictFields(row),
    record: recordOf(db, row),
    image: conflictImage(row),
    openedAt: row.opened_at,
    status: row.status === 'resolved' ? 'resolved' : 'open',
    resolution: decided && {
      values: decided.values,
      record: decided.record,
      by: row.resolved_by ?? '',
      deviceName: deviceName(db, row.resolved_device),
      at: row.resolved_at,
    },
    history: history(db, row, decided?.values ?? null),
  };
}

/** Who did what with a conflict; one of an older version has no lines of its own, but says when it was opened and decided. */
function history(db: ReadableDb, row: ConflictRow, values: ConflictEvent['values']): ConflictEvent[] {
  const lines = conflictHistory(row).map(({ what, by, device, at, values: chosen, record }) => ({
    what,
    by: by ?? '',
    deviceName: deviceName(db, device),
    at,
    values: chosen,
    record,
  }));
  if (lines.length > 0) return lines;
  const opened = {
    what: 'opened' as const,
    by: row.incoming_actor ?? '',
    deviceName: deviceName(db, row.incoming_device),
  };
  const decided = {
    what: 'resolved' as const,
    by: row.resolved_by ?? '',
    deviceName: deviceName(db, row.resolved_device),
  };
  return [
    { ...opened, at: row.opened_at, values: null, record: null },
    ...(row.status === 'resolved' ? [{ ...decided, at: row.resolved_at, values, record: null }] : []),
  ];
}

function side(db: ReadableDb, deviceId: string | null, actor: string | null, at: number | null): ConflictItem['kept'] {
  const isThisDevice = deviceId !== null && deviceId === readIdentity(db)?.deviceId;
  return { deviceId, deviceName: deviceName(db, deviceId), isThisDevice, actor: actor ?? '', at };
}

function deviceName(db: ReadableDb, id: string | null): string {
  if (id === null) return 'Head office';
  const known = db.get<{ name: string }>('SELECT name FROM devices WHERE id = ?', id);
  if (known) return known.name;
  const self = readIdentity(db);
  return self?.deviceId === id ? self.deviceName : 'Another PC';
}
