/** What must become of a change when it meets the cloud's row: the rules of the register, written a second time, as simply as possible. */
import { isTableName, tableOf, type Column, type TableName } from '#shared/register.ts';
import type { Section } from '#shared/sync/protocol.ts';
import type { Values } from '#shared/sync/rebase.ts';
import type { Before } from './before.ts';
import { same } from './types.ts';

/** What the values alone do not tell: a clock decides, or whether a version was known. */
export const either = Symbol('either');
type Cell = string | number | null | typeof either;
type Row = Record<string, Cell> | null | typeof either;

export type Expected = {
  /** Rows by `table/id` as they must stand afterwards. */
  readonly rows: Map<string, Row>;
  /** Fields that must be in an open conflict of this PC: `table/id/column` → what came in. */
  readonly conflicts: Map<string, { readonly base: unknown; readonly incoming: unknown; readonly kept: unknown }>;
  /** Steps that somebody else had taken: the cloud must not have accepted them. */
  readonly refused: string[];
};

/** Applies sections, in their order, to rows as they stood before. */
export function expectSections(sections: readonly Section[], before: Before, expected: Expected): void {
  for (const section of sections) {
    if (!isTableName(section.t) || section.t === 'conflicts') continue;
    for (const row of section.rows) {
      const key = `${section.t}/${row[1]}`;
      const now = expected.rows.has(key) ? (expected.rows.get(key) ?? null) : before.row(key);
      expected.rows.set(key, after(section.t, section, row, { key, now, grave: before.grave(key) }, expected));
    }
  }
}

type Place = { readonly key: string; readonly now: Row; readonly grave: Values | null };

function after(
  table: TableName,
  section: Section,
  row: Section['rows'][number],
  place: Place,
  expected: Expected,
): Row {
  const { key, now, grave } = place;
  const { onDelete } = tableOf(table);
  if (now === either) return either;
  if (section.o === 'D') {
    const old = row[5] as Values | undefined;
    const untouched = now && old && Object.keys(now).every((name) => same(now[name], old[name]));
    return !now || untouched || onDelete === 'delete' ? null : either;
  }
  const inserted = section.o === 'I';
  const fresh = inserted
    ? Object.fromEntries(section.cols.map((name, i) => [name, (row[5 + i] ?? null) as Cell]))
    : (row[5] as Values);
  const old = inserted ? {} : (row[6] as Values);
  if (now) return merge(table, key, now, fresh, old, expected);
  // a deleted row that this PC knew to be deleted is simply made again
  if (inserted) return grave ? either : fresh;
  return onDelete === 'keep' && grave ? merge(table, key, grave, fresh, old, expected) : null;
}

function merge(
  table: TableName,
  key: string,
  now: Record<string, Cell>,
  fresh: Record<string, Cell>,
  old: Values,
  expected: Expected,
): Row {
  const next = { ...now };
  for (const [name, value] of Object.entries(fresh)) {
    const column = tableOf(table).columns[name];
    const is = now[name] ?? null;
    const was = old[name] ?? null;
    if (!column || is === either || value === either) continue;
    if (column.policy === 'manual' && !same(is, value) && !same(is, was))
      expected.conflicts.set(`${key}/${name}`, { base: was, incoming: value, kept: is });
    if (column.policy === 'state' && isStale(column, was, is, value)) expected.refused.push(`${key}/${name}`);
    next[name] = field(column, was, is, value);
  }
  return next;
}

type Plain = string | number | null;

function field(column: Column, was: Plain, is: Plain, next: Plain): Cell {
  if (column.policy === 'add') return Number(is) + Number(next) - Number(was);
  if (same(is, next)) return is;
  if (same(is, was)) return next;
  switch (column.policy) {
    case 'client':
      return next;
    case 'server':
    case 'manual':
      return is;
    case 'latest':
      return either;
    case 'max':
    case 'min': {
      const numbers = [is, next].filter((value) => value !== null).map(Number);
      return column.policy === 'max' ? Math.max(...numbers) : Math.min(...numbers);
    }
    case 'union':
      return JSON.stringify(
        [...new Set([...texts(is), ...texts(next)])]
          .filter((text) => !texts(was).includes(text) || (texts(is).includes(text) && texts(next).includes(text)))
          .toSorted(),
      );
    case 'state':
      return same(next, was) ? is : next;
    default:
      return column.policy satisfies never;
  }
}

/** A step that is not ahead of what somebody else did meanwhile. */
function isStale({ steps = [] }: Column, was: Plain, is: Plain, next: Plain): boolean {
  const place = (value: Plain): number => (steps.includes(value) ? steps.indexOf(value) : steps.indexOf('*'));
  return !same(next, was) && !same(is, was) && place(next) <= place(is);
}

function texts(value: Plain): string[] {
  return value === null ? [] : (JSON.parse(String(value)) as string[]);
}

/** A column in which a row is not as expected; null when all are. */
export function unexpected(expected: Row, found: Values | null): string | null {
  if (expected === either) return null;
  if (!expected || !found) return !expected === !found ? null : expected ? 'is gone' : 'is still there';
  const wrong = Object.keys(expected).find((name) => expected[name] !== either && !same(expected[name], found[name]));
  return wrong ? `has ${wrong} ${String(found[wrong])}, ${String(expected[wrong])} was due` : null;
}
