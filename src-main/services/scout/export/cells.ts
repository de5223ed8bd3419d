import { manilaOffsetMs } from '#main/shop/manila.ts';
import type { SqlValue } from '#main/store/types.ts';
import type { CellKind } from './tables.ts';

/** A whole number of parts as a decimal, exactly: 1250 of 100 is "12.50". */
function decimal(value: SqlValue, digits: number): string {
  const parts = BigInt(typeof value === 'number' || typeof value === 'bigint' ? value : 0);
  const text = (parts < 0n ? -parts : parts).toString().padStart(digits + 1, '0');
  return `${parts < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** A moment as Manila's clock shows it: 2026-03-10 06:30:00. */
function manilaText(at: SqlValue): string {
  return new Date(Number(at) + manilaOffsetMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** A cell of a CSV file. Texts that a spreadsheet would take for a formula get an apostrophe before them. */
export function csvCell(kind: CellKind, value: SqlValue): string {
  if (value === null) return '';
  if (kind === 'money') return decimal(value, 2);
  if (kind === 'qty') return decimal(value, 3);
  if (kind === 'time') return manilaText(value);
  if (kind === 'number') return String(value);
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell of a workbook: numbers as numbers, times as the dates that Manila's clock shows. */
export function xlsxCell(kind: CellKind, value: SqlValue): string | number | Date | null {
  if (value === null) return null;
  if (kind === 'money') return Number(decimal(value, 2));
  if (kind === 'qty') return Number(decimal(value, 3));
  if (kind === 'time') return new Date(Number(value) + manilaOffsetMs);
  if (kind === 'number') return Number(value);
  // the most that a cell of a workbook holds, and without signs that XML cannot have
  return Array.from(String(value))
    .filter((sign) => sign >= ' ' || sign === '\n' || sign === '\t' || sign === '\r')
    .filter((sign) => sign !== '\uFFFE' && sign !== '\uFFFF')
    .join('')
    .slice(0, 32_767);
}
