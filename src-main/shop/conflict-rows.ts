import { z } from 'zod';
import type { ReadableDb, SqlValue } from '#main/store/types.ts';
import { isTableName } from '#shared/register.ts';

export type ConflictRow = {
  readonly id: string;
  readonly scope: string;
  readonly table_name: string;
  readonly row_id: string;
  readonly fields: string;
  readonly incoming_device: string | null;
  readonly incoming_actor: string | null;
  readonly incoming_at: number;
  readonly kept_device: string | null;
  readonly kept_actor: string | null;
  readonly kept_at: number | null;
  readonly opened_at: number;
  readonly status: string;
  readonly resolution: string | null;
  readonly resolved_by: string | null;
  readonly resolved_device: string | null;
  readonly resolved_at: number | null;
};

/** A value as a conflict and its resolution carry it: what a column can hold, booleans as 0 or 1. */
const cell = z.union([z.string(), z.number(), z.null(), z.boolean().transform(Number)]);
const field = z.object({
  column: z.string(),
  base: cell.default(null),
  incoming: cell.default(null),
  kept: cell.default(null),
});
const resolution = z.object({
  values: z.record(z.string(), cell).default({}),
  before: z.record(z.string(), cell).nullable().default(null),
});

export type ConflictField = z.output<typeof field>;
export type Resolution = z.output<typeof resolution>;

/** A conflict by its id. */
export function findConflict(db: ReadableDb, id: string): ConflictRow | undefined {
  return db.get<ConflictRow>('SELECT * FROM conflicts WHERE id = ?', id);
}

/** The fields in question. Text of another shape (from a newer version) gives none, so that one odd row does not hide the others. */
export function conflictFields(row: ConflictRow): ConflictField[] {
  return parseText(z.array(field), row.fields) ?? [];
}

/** What was decided; null while it is open. `before` is null when a rule decided and nothing was written here. */
export function conflictResolution(row: ConflictRow): Resolution | null {
  return row.resolution === null ? null : parseText(resolution, row.resolution);
}

function parseText<T extends z.ZodType>(shape: T, text: string): z.output<T> | null {
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    // Text that is not JSON is treated like JSON of an unknown shape.
    return null;
  }
}

/** The record in question as it stands here; null when it was deleted or its table is unknown to this version. */
export function recordOf(db: ReadableDb, row: ConflictRow): Record<string, SqlValue> | null {
  if (!isTableName(row.table_name)) return null;
  return db.get<Record<string, SqlValue>>(`SELECT * FROM ${row.table_name} WHERE id = ?`, row.row_id) ?? null;
}
