/** Turns captured operations into what a batch carries. Pure: the same operations always give the same bytes. */
import { tableNames, type TableName } from '#shared/register.ts';
import { foldable } from '#shared/sync/merge.ts';
import { delta, isAdded, type Values } from '#shared/sync/rebase.ts';
import type { Section } from '#shared/sync/protocol.ts';

/** An operation as it stands in the change log. */
export type Operation = {
  readonly seq: number;
  readonly txn: number;
  readonly table: TableName;
  readonly rowId: string;
  readonly op: 'I' | 'U' | 'D';
  readonly after: Values | null;
  readonly before: Values | null;
  readonly base: number;
  readonly hlc: number;
  readonly actor: string;
};

/**
 * Sections for a list of operations in order: one table and kind each, at most one operation for each row in a section. Operations on one
 * row that can be told as one are folded; others go to a later section, so that their order stays. `tables`: parents before children.
 */
export function buildSections(operations: readonly Operation[], tables: readonly string[] = tableNames): Section[] {
  const sections = new Map<string, SectionPlan>();
  for (const { operation, round } of foldByRow(operations)) {
    const key = `${round}|${operation.table}|${operation.op}|${columnsOfInsert(operation)}`;
    const section = sections.get(key);
    if (section) section.operations.push(operation);
    else sections.set(key, { round, table: operation.table, op: operation.op, operations: [operation] });
  }
  return [...sections.values()]
    .toSorted((a, b) => a.round - b.round || place(a, tables) - place(b, tables))
    .map(({ table, op, operations: list }) => toSection(table, op, list));
}

/** Inserts with other columns (an earlier version of the app made them) say nothing of the rest: that is for the cloud to fill. */
function columnsOfInsert({ op, after }: Operation): string {
  return op === 'I' ? Object.keys(after ?? {}).join() : '';
}

type SectionPlan = {
  readonly round: number;
  readonly table: TableName;
  readonly op: Operation['op'];
  readonly operations: Operation[];
};

/** Inside a round every row stands once, so only references give an order: parents are inserted before and deleted after their children. */
function place({ table, op }: SectionPlan, tables: readonly string[]): number {
  const order = tables.indexOf(table);
  const count = tables.length;
  if (op === 'I') return order;
  return op === 'U' ? count + order : 3 * count - order;
}

function foldByRow(operations: readonly Operation[]): { operation: Operation; round: number }[] {
  const folded: { operation: Operation; round: number }[] = [];
  const last = new Map<string, number>();
  for (const operation of operations) {
    const key = operation.table + operation.rowId;
    const index = last.get(key);
    const earlier = index === undefined ? undefined : folded[index];
    const together = earlier && fold(earlier.operation, operation);
    if (earlier && together) {
      earlier.operation = together;
    } else {
      last.set(key, folded.length);
      folded.push({ operation, round: earlier ? earlier.round + 1 : 0 });
    }
  }
  return folded;
}

/** Two operations on one row as one, or null when they must stay apart. */
function fold(first: Operation, second: Operation): Operation | null {
  if (second.op === 'D' && first.op === 'U') {
    return { ...second, base: first.base, before: { ...second.before, ...first.before } };
  }
  if (second.op !== 'U' || first.op === 'D' || !sayTheSame(first, second)) return null;
  const { table, hlc, actor } = second;
  const after: Record<string, string | number | null> = { ...first.after };
  const before: Record<string, string | number | null> = { ...first.before };
  for (const [name, value] of Object.entries(second.after ?? {})) {
    if (isAdded(table, name)) {
      const added = delta(first.after, first.before, name) + delta(second.after, second.before, name);
      after[name] = first.op === 'I' ? added : Number(value);
      if (first.op === 'U') before[name] = Number(value) - added;
    } else {
      after[name] = value;
      if (first.op === 'U' && !(name in before)) before[name] = second.before?.[name] ?? null;
    }
  }
  return { ...first, after, before: first.op === 'I' ? null : before, hlc, actor };
}

/** Whether the fields that both change can travel as one change. */
function sayTheSame(first: Operation, second: Operation): boolean {
  return Object.entries(second.after ?? {}).every(([name, next]) => {
    const between = first.after?.[name];
    if (between === undefined) return true;
    const change = { was: first.before?.[name] ?? null, next: between };
    return foldable(first.table, name, change, { was: second.before?.[name] ?? null, next });
  });
}

/** PostgreSQL's text has no place for the NUL character; only other tools can have written it. */
function sendable<T extends string | number | null>(value: T): T {
  return (typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '') : value) as T;
}
function sendableAll(values: Values | null): Values {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, sendable(value)]));
}

function toSection(table: TableName, op: Operation['op'], operations: readonly Operation[]): Section {
  const head = ({ rowId, base, hlc, actor }: Operation, index: number): [number, string, number, number, string] => [
    index,
    rowId,
    base,
    hlc,
    actor,
  ];
  if (op === 'D') {
    // what was deleted goes along: a record that still stands as it was known here may go, whatever its version
    return {
      t: table,
      o: 'D',
      rows: operations.map((each, index) => [...head(each, index), sendableAll(each.before)]),
    };
  }
  if (op === 'U') {
    return {
      t: table,
      o: 'U',
      rows: operations.map((each, index) => [...head(each, index), sendableAll(each.after), sendableAll(each.before)]),
    };
  }
  const cols = Object.keys(operations[0]?.after ?? {});
  return {
    t: table,
    o: 'I',
    cols,
    rows: operations.map((each, index) => [
      ...head(each, index),
      ...cols.map((name) => sendable(each.after?.[name] ?? null)),
    ]),
  };
}
