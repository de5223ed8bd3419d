/** Values that a person writes by hand into a field of any record. */
import { columnOf } from '../i18n/labels.ts';
import { amountText, formatQty, parseMoney, parseQty } from './format.ts';

/** A value as the contract takes it. */
export type Value = string | number | null;

/** Narrows an outside value to what a resolution may hold. */
export function toValue(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  return value === undefined ? null : JSON.stringify(value);
}

/** Reads a person's own text for a column; undefined when it is no value of that column. */
export function readOwn(table: string, column: string, text: string): Value | undefined {
  const about = columnOf(table, column);
  const trimmed = text.trim();
  if (trimmed === '') return about?.nullable === true ? null : undefined;
  switch (about?.type) {
    case 'money':
      return parseMoney(trimmed) ?? undefined;
    case 'qty':
      return parseQty(trimmed) ?? undefined;
    case 'int':
    case 'time':
    case 'bool':
      return /^-?\d+$/.test(trimmed) && Number.isSafeInteger(Number(trimmed)) ? Number(trimmed) : undefined;
    default:
      return trimmed;
  }
}

/** Whether a person can write this column's value by hand: an id means nothing to them. */
export function canWrite(table: string, column: string): boolean {
  const type = columnOf(table, column)?.type;
  return type === 'text' || type === 'money' || type === 'qty';
}

/** The text an editor of this column starts with. */
export function ownText(table: string, column: string, value: unknown): string {
  const type = columnOf(table, column)?.type;
  if (type === 'money' && typeof value === 'number') return amountText(value);
  if (type === 'qty' && typeof value === 'number') return formatQty(value);
  return String(toValue(value) ?? '');
}
