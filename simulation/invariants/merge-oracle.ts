/** What must become of a change when it meets the cloud's row: the rules of the register, written a second time, as simply as possible. */
import { isTableName, tableOf } from '#shared/register.ts';
import type { Section } from '#shared/sync/protocol.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { same } from './types.ts';

/** A value that the rules leave open here, because a clock decides. */
const either = Symbol('either');
type Cell = string | number | null | typeof either;
type Row = Record<string, Cell> | null;

export type Expected = {
  /** Rows by `table/id` as they must stand afterwards. */
  readonly rows: Map<string, Row>;
  /** Fields that must be in an open conflict of this PC: `table/id/column` → what came in. */
  readonly conflicts: Map<string, { readonly base: unknown; readonly incoming: unknown; readonly kept: unknown }>;
};

/** Applies sections, in their order, to rows as they stood before. */
export function expectSections(
  sections: readonly Section[],
  before: (key: string) => Values | null,
  expected: Expected,
): void {
  for (const section of sections) {
    if (!isTableName(section.t) || section.t === 'conflicts') continue;
    for (const row of section.rows) {
      const key = `${section.t}/${row[1]}`;
      const now = expected.rows.has(key) ? (expected.rows.get(key) ?? null) : before(key);
      expected.rows.set(key, after(section, row, key, now, expected));
    }
  }
}

function after(section: Section, row: Section['rows'][number], key: string, now: Row, { conflicts }: Expected): Row {
  if (section.o === 'D') return null;
  if (section.o === 'I') {
    const values = Object.fromEntries(section.cols.map((name, i) => [name, (row[5 + i] ?? null) as Cell]));
    return now ? merge(section.t, key, now, values, {}, conflicts) : values;
  }
  const [fresh, old] = [row[5] as Values, row[6] as Values];
  return now ? merge(section.t, key, now, fresh, old, conflicts) : now;
}

function merge(
  table: string,
  key: string,
  now: Record<string, Cell>,
  fresh: Record<string, Cell>,
  old: Values,
  conflicts: Expected['conflicts'],
): Row {
  const next = { ...now };
  for (const [name, value] of Object.entries(fresh)) {
    const is = now[name] ?? null;
    const was = old[name] ?? null;
    const policy = isTableName(table) ? tableOf(table).columns[name]?.policy : undefined;
    if (is === either) continue;
    if (policy === 'add') next[name] = Number(is) + Number(value) - Number(was);
    else if (same(is, value)) continue;
    else if (same(is, was)) next[name] = value;
    else if (policy === 'manual') conflicts.set(`${key}/${name}`, { base: was, incoming: value, kept: is });
    else if (policy === 'latest') next[name] = either;
  }
  return next;
}

/** A column in which a row is not as expected; null when all are. */
export function unexpected(expected: Row, found: Values | null): string | null {
  if (!expected || !found) return !expected === !found ? null : expected ? 'is gone' : 'is still there';
  const wrong = Object.keys(expected).find((name) => expected[name] !== either && !same(expected[name], found[name]));
  return wrong ? `has ${wrong} ${String(found[wrong])}, ${String(expected[wrong])} was due` : null;
}
