import type { CommandInput, CommandOutput } from '#shared/contract/commands.ts';
import { canWrite, ownText, readOwn, type Value } from '../../ui/own-value.ts';

type Operation = CommandOutput<'queue.get'>['operations'][number];

/** A field of a refused change that a person can correct. */
export type EditField = {
  /** Names the field in the draft. */
  readonly key: string;
  readonly table: string;
  readonly rowId: string;
  readonly column: string;
  readonly value: unknown;
};
/** The records of a change with the fields that can be corrected; a record without any is left out. */
export type EditRecord = { readonly title: string; readonly table: string; readonly fields: readonly EditField[] };

/** Text by the key of its field; only what was touched. */
export type EditDraft = Readonly<Record<string, string>>;

/**
 * What a person can correct in a refused change. Where a record was changed twice, its last value counts. The text of a json column and
 * the ids of other records are not written by hand.
 */
export function editRecords(operations: readonly Operation[]): EditRecord[] {
  const records = new Map<string, { title: string; table: string; fields: Map<string, EditField> }>();
  for (const { table, rowId, title, op, fields } of operations) {
    if (op === 'D') continue;
    const id = `${table} ${rowId}`;
    const record = records.get(id) ?? { title, table, fields: new Map<string, EditField>() };
    for (const { column, after } of fields) {
      if (!canWrite(table, column)) continue;
      record.fields.set(column, { key: `${id} ${column}`, table, rowId, column, value: after });
    }
    records.set(id, record);
  }
  return [...records.values()]
    .filter(({ fields }) => fields.size > 0)
    .map(({ title, table, fields }) => ({ title, table, fields: [...fields.values()] }));
}

/** The text a field shows. */
export function editText(draft: EditDraft, { key, table, column, value }: EditField): string {
  return draft[key] ?? ownText(table, column, value);
}

/** Whether what stands in a field is no value of its column. */
export function isBad(draft: EditDraft, field: EditField): boolean {
  const text = draft[field.key];
  return text !== undefined && readOwn(field.table, field.column, text) === undefined;
}

/** The input of `queue.edit`: what differs. Null while nothing does, or something is no value. */
export function editChanges(
  records: readonly EditRecord[],
  draft: EditDraft,
): CommandInput<'queue.edit'>['changes'] | null {
  const changes = new Map<string, { table: string; rowId: string; values: Record<string, Value> }>();
  for (const field of records.flatMap(({ fields }) => fields)) {
    const text = draft[field.key];
    if (text === undefined) continue;
    const value = readOwn(field.table, field.column, text);
    if (value === undefined) return null;
    if (value === (field.value ?? null)) continue;
    const id = `${field.table} ${field.rowId}`;
    const change = changes.get(id) ?? { table: field.table, rowId: field.rowId, values: {} };
    change.values[field.column] = value;
    changes.set(id, change);
  }
  return changes.size === 0 ? null : [...changes.values()];
}
