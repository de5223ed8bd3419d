/** Pure rules of the local side: what a person sees while some of their changes are not confirmed yet. */
import { tableOf, type TableName } from '../register.ts';
import { shownField } from './merge.ts';

/** The values of a row's columns, without its id. */
export type Values = Readonly<Record<string, string | number | null>>;

/** A captured operation as far as these rules need it. */
export type LocalChange = {
  readonly op: 'I' | 'U' | 'D';
  /** New values: all on I, the changed ones on U. */
  readonly after: Values | null;
  /** Old values: the changed ones on U, all on D. */
  readonly before: Values | null;
};

/**
 * The visible row: the cloud's image (null when the cloud has none) with the unconfirmed changes on top, in their order.
 * Columns whose merge follows from the values are merged as the cloud will, all others show the own value. An update of a row that is
 * gone stays gone.
 */
export function rebase(table: TableName, image: Values | null, changes: readonly LocalChange[]): Values | null {
  return changes.reduce<Values | null>((row, change) => applyChange(table, row, change), image);
}

function applyChange(table: TableName, row: Values | null, { op, after, before }: LocalChange): Values | null {
  if (op === 'D') return null;
  if (row === null) return op === 'I' ? after : null;
  const next: Record<string, string | number | null> = { ...row };
  for (const [name, value] of Object.entries(after ?? {})) {
    next[name] = shownField(table, name, before?.[name] ?? null, next[name] ?? null, value);
  }
  return next;
}

/**
 * The reverse: the cloud's image that lies under a visible row, by taking the unconfirmed changes back, last first.
 */
export function unrebase(table: TableName, visible: Values | null, changes: readonly LocalChange[]): Values | null {
  return changes.reduceRight<Values | null>((row, { op, after, before }) => {
    if (op === 'I') return null;
    if (op === 'D') return before;
    if (row === null) return null;
    const previous: Record<string, string | number | null> = { ...row };
    for (const name of Object.keys(after ?? {})) {
      previous[name] = isAdded(table, name)
        ? number(previous[name]) - delta(after, before, name)
        : (before?.[name] ?? null);
    }
    return previous;
  }, visible);
}

/**
 * The same changes as if they had been made on `image`: their old values are what would have stood there. Needed when a change
 * before them is taken out, so that they do not clash with a value that never was.
 */
export function relink(table: TableName, image: Values | null, changes: readonly LocalChange[]): LocalChange[] {
  let row = image;
  return changes.map((change) => {
    const linked = change.op === 'U' && row !== null ? { ...change, before: linkedBefore(table, row, change) } : change;
    row = applyChange(table, row, linked);
    return linked;
  });
}

function linkedBefore(table: TableName, row: Values, change: LocalChange): Values {
  return Object.fromEntries(
    Object.keys(change.after ?? {}).map((name) => [
      name,
      isDifference(table, name) ? (change.before?.[name] ?? null) : (row[name] ?? null),
    ]),
  );
}

/** How much a change adds to an `add` column. */
export function delta(after: Values | null, before: Values | null, name: string): number {
  return number(after?.[name]) - number(before?.[name]);
}

/** Whether changes to this column add up instead of replacing each other. */
export function isAdded(table: TableName, name: string): boolean {
  return tableOf(table).columns[name]?.policy === 'add';
}

/** Whether a change to this column means the difference of its two values, whatever it is made on. */
function isDifference(table: TableName, name: string): boolean {
  return isAdded(table, name) || tableOf(table).columns[name]?.policy === 'union';
}

function number(value: string | number | null | undefined): number {
  return typeof value === 'number' ? value : 0;
}
