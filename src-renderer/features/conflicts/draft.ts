import type { ConflictItem } from '#shared/contract/schemas.ts';
import { columnOf } from '../../i18n/labels.ts';
import { readOwn, toValue, type Value } from '../../ui/own-value.ts';

/** What a person chose for a field: one side's value, or text of their own. */
export type FieldPick = { from: 'incoming' | 'kept' } | { from: 'own'; text: string };
/** The choices so far, by column. */
export type Picks = Readonly<Record<string, FieldPick>>;

/** One field of the record as it will be. `value` is undefined while the field waits for a choice or its text is no value. */
export type PreviewField = { column: string; value: Value | undefined; state: 'chosen' | 'open' | 'bad' | 'same' };

/** The side that stands left. Mine is this PC's; where neither is, the one kept aside. */
export function leftSide(item: Pick<ConflictItem, 'incoming' | 'kept'>): 'incoming' | 'kept' {
  return item.kept.isThisDevice && !item.incoming.isThisDevice ? 'kept' : 'incoming';
}

/** The other one of the two sides. */
export function otherSide(side: 'incoming' | 'kept'): 'incoming' | 'kept' {
  return side === 'incoming' ? 'kept' : 'incoming';
}

function chosen(item: ConflictItem, column: string, pick: FieldPick): Value | undefined {
  if (pick.from === 'own') return readOwn(item.table, column, pick.text);
  const field = item.fields.find((candidate) => candidate.column === column);
  return field === undefined ? undefined : toValue(field[pick.from]);
}

/** The record as it will be, conflicting fields first, before anything is changed. */
export function preview(item: ConflictItem, picks: Picks): PreviewField[] {
  const conflicting = item.fields.map(({ column }): PreviewField => {
    const pick = picks[column];
    if (pick === undefined) return { column, value: undefined, state: 'open' };
    const value = chosen(item, column, pick);
    return { column, value, state: value === undefined ? 'bad' : 'chosen' };
  });
  const names = new Set(item.fields.map((field) => field.column));
  const others = Object.entries(item.record ?? {})
    .filter(([column]) => !names.has(column) && columnOf(item.table, column) !== undefined)
    .filter(([column]) => columnOf(item.table, column)?.type !== 'id')
    .map(([column, value]): PreviewField => ({ column, value: toValue(value), state: 'same' }));
  return [...conflicting, ...others];
}

/** The input of `conflicts.resolve`; null while a field is still open or holds text that is no value. */
export function resolution(
  item: ConflictItem,
  picks: Picks,
): { id: string; values: Record<string, Value>; seen: Record<string, Value> } | null {
  const values: Record<string, Value> = {};
  const seen: Record<string, Value> = {};
  for (const { column } of item.fields) {
    const pick = picks[column];
    const value = pick === undefined ? undefined : chosen(item, column, pick);
    if (value === undefined) return null;
    values[column] = value;
    if (item.record !== null) seen[column] = toValue(item.record[column]);
  }
  return { id: item.id, values, seen };
}

/** Every field from one side. */
export function pickAll(item: ConflictItem, from: 'incoming' | 'kept'): Picks {
  return Object.fromEntries(item.fields.map(({ column }) => [column, { from }]));
}

/** The side that every field is taken from; null while some are open, mixed or a person's own. */
export function sideOfAll(item: ConflictItem, picks: Picks): 'incoming' | 'kept' | null {
  const sides = new Set(item.fields.map(({ column }) => picks[column]?.from));
  const [side, ...others] = sides;
  return others.length === 0 && (side === 'incoming' || side === 'kept') ? side : null;
}

/** What a person may decide about a record that one side deleted: it is there afterwards, or it is not. */
export type RecordPick = 'keep' | 'delete';

/** Which side of a conflict about a deletion wants what. */
export function recordWish(item: Pick<ConflictItem, 'kind'>, side: 'incoming' | 'kept'): RecordPick {
  return (item.kind === 'update') === (side === 'incoming') ? 'keep' : 'delete';
}

/** The input of `conflicts.resolve` for a record that one side deleted: kept or brought back with the changes, or deleted. */
export function recordResolution(item: ConflictItem, pick: RecordPick) {
  const restored = pick === 'keep' && item.kind === 'update';
  const values = Object.fromEntries(
    restored ? item.fields.map(({ column, incoming }) => [column, toValue(incoming)]) : [],
  );
  const { record } = item;
  const seen = Object.fromEntries(
    record === null ? [] : item.fields.map(({ column }) => [column, toValue(record[column])]),
  );
  return { id: item.id, values, seen, record: pick };
}

/** The choices that still apply after the conflict was read again: a side's pick stays only where its value is the same. */
export function keepPicks(before: ConflictItem, after: ConflictItem, picks: Picks): Picks {
  const kept = Object.entries(picks).filter(([column, pick]) => {
    const old = before.fields.find((field) => field.column === column);
    const fresh = after.fields.find((field) => field.column === column);
    if (old === undefined || fresh === undefined) return false;
    return pick.from === 'own' || toValue(old[pick.from]) === toValue(fresh[pick.from]);
  });
  return Object.fromEntries(kept);
}
