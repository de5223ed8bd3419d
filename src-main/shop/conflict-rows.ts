import { z } from 'zod';
import type { ReadableDb, SqlValue } from '#main/store/types.ts';
import { conflictEvent, recordOutcome } from '#shared/contract/schemas.ts';
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
  readonly kind: string | null;
  readonly image: string | null;
  readonly history: string | null;
};

/** A value as a conflict and its resolution carry it: what a column can hold, booleans as 0 or 1. */
const cell = z.union([z.string(), z.number(), z.null(), z.boolean().transform(Number)]);
const field = z.object({
  column: z.string(),
  base: cell.default(null),
  incoming: cell.default(null),
  kept: cell.default(null),
});
const values = z.record(z.string(), cell);
const resolution = z.object({
  values: values.default({}),
  before: values.nullable().default(null),
  record: recordOutcome.nullable().default(null),
  /** The whole record that was deleted by the resolution, for the way back. */
  image: values.nullable().default(null),
});
const line = z.object({
  what: conflictEvent.shape.what,
  by: z.string().nullable().default(null),
  device: z.string().nullable().default(null),
  at: z.number().nullable().default(null),
  values: values.nullable().default(null),
  record: recordOutcome.nullable().default(null),
});

export type ConflictField = z.output<typeof field>;
export type Resolution = z.output<typeof resolution>;
/** One line of a conflict's history: who did what with it, from which PC, when (ms UTC). */
export type HistoryLine = z.output<typeof line>;
/** The values of a record's columns, without its id. */
export type Values = Readonly<Record<string, string | number | null>>;
/** What met: changes of the same fields, a change and a deletion, a deletion and a change; the one kept aside first. */
export type ConflictKind = 'fields' | 'update' | 'delete';

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

/** What met in a conflict; one of an older version is about fields. */
export function conflictKind(row: ConflictRow): ConflictKind {
  return row.kind === 'update' || row.kind === 'delete' ? row.kind : 'fields';
}

/** The record as it last was, where a deletion is in question; null when nobody kept it. */
export function conflictImage(row: ConflictRow): Values | null {
  return row.image === null ? null : parseText(values, row.image);
}

/** The history of a conflict, oldest first. Lines of a newer version are left out. */
export function conflictHistory(row: ConflictRow): HistoryLine[] {
  if (row.history === null) return [];
  const lines = parseText(z.array(z.unknown()), row.history) ?? [];
  return lines.flatMap((each) => line.safeParse(each).data ?? []);
}

/** The text of a history with one more line. What cannot be read stays as it is, for whoever can. */
export function withLine(row: ConflictRow, added: HistoryLine): string {
  const lines = row.history === null ? [] : (parseText(z.array(z.unknown()), row.history) ?? []);
  return JSON.stringify([...lines, added]);
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
