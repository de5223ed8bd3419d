/**
 * What becomes of one field that two sides changed. The same rules stand in migrations/cloud/functions/20_merge.sql; a test holds the
 * two equal. The PC uses them to show what the cloud will say.
 */
import { tableOf, type Column, type Steps, type TableName } from '../register.ts';

/** A value as it stands in a row and on the wire. */
export type Cell = string | number | null;

/**
 * - `same` nothing to write, `take` the answer is `value`
 * - `incoming`, `kept` a rule chose between two values, and the other one is history
 * - `open` a person must choose; until then `value` stays
 * - `refuse` somebody else took this step already
 */
export type Verdict = 'same' | 'take' | 'incoming' | 'kept' | 'open' | 'refuse';
export type Merged = { readonly verdict: Verdict; readonly value: Cell };

/**
 * Merges a change from `was` to `next` into what stands there now. `later` says whether the change is younger than what stands there,
 * which only `latest` asks.
 */
export function mergeField(
  column: Pick<Column, 'policy' | 'steps'>,
  was: Cell,
  is: Cell,
  next: Cell,
  later = false,
): Merged {
  const { policy } = column;
  if (policy === 'add') return { verdict: 'take', value: number(is) + number(next) - number(was) };
  if (policy === 'state') return mergeStep(column.steps ?? [], was, is, next);
  if (is === next) return { verdict: 'same', value: is };
  if (is === was) return { verdict: 'take', value: next };
  switch (policy) {
    case 'max':
    case 'min':
    case 'union': {
      const value = policy === 'union' ? unionOf(was, is, next) : farther(policy, is, next);
      return { verdict: value === is ? 'same' : 'take', value };
    }
    case 'client':
      return { verdict: 'incoming', value: next };
    case 'latest':
      return later ? { verdict: 'incoming', value: next } : { verdict: 'kept', value: is };
    case 'manual':
      return { verdict: 'open', value: is };
    case 'server':
      return { verdict: 'kept', value: is };
    default:
      return policy satisfies never;
  }
}

function mergeStep(steps: Steps, was: Cell, is: Cell, next: Cell): Merged {
  if (next === was) return { verdict: 'same', value: is };
  if (is === was || stepOf(steps, next) > stepOf(steps, is)) return { verdict: 'take', value: next };
  return { verdict: 'refuse', value: is };
}

/** The place of a value among the steps; 0 for one that is not among them. */
export function stepOf(steps: Steps, value: Cell): number {
  const named = steps.indexOf(value) + 1;
  return named > 0 ? named : steps.indexOf('*') + 1;
}

/** The greater or smaller of two numbers; null loses. */
function farther(policy: 'max' | 'min', left: Cell, right: Cell): Cell {
  if (typeof left !== 'number') return right;
  if (typeof right !== 'number') return left;
  return policy === 'max' ? Math.max(left, right) : Math.min(left, right);
}

/** What stands there, with what the change added and without what it took out, as the text that every PC and the cloud write for this set. */
function unionOf(was: Cell, is: Cell, next: Cell): string {
  const [before, now, after] = [setOf(was), setOf(is), setOf(next)];
  const left = [...now].filter((item) => !before.has(item) || after.has(item));
  const added = [...after].filter((item) => !before.has(item));
  return setText([...left, ...added]);
}

/** The texts of a `union` column's value. Text that is no array of texts counts as one text, so that nothing is lost. */
export function setOf(value: Cell): ReadonlySet<string> {
  if (value === null) return new Set();
  const text = String(value);
  return new Set(textsOf(text) ?? [text]);
}

function textsOf(text: string): string[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every(isPlainText) ? parsed : null;
  } catch {
    // Text that is not JSON is a text like any other.
    return null;
  }
}

/** What PostgreSQL can hold as a text of its JSON. */
function isPlainText(item: unknown): item is string {
  return typeof item === 'string' && !/\0|\p{Surrogate}/u.test(item);
}

/** The one way to write a set of texts: without repetition, in the order of code points. */
export function setText(items: Iterable<string>): string {
  return JSON.stringify([...new Set(items)].toSorted(byCodePoint));
}

function byCodePoint(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const difference = (a[i]?.codePointAt(0) ?? 0) - (b[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Policies whose merge a PC can compute itself, because it asks for nothing but the values. */
const computed: ReadonlySet<string> = new Set(['add', 'max', 'min', 'union', 'state']);

/**
 * What a person sees of a field whose change is not confirmed yet: what the cloud will answer where that follows from the values;
 * else their own value, until the cloud has spoken.
 */
export function shownField(table: TableName, name: string, was: Cell, is: Cell, next: Cell): Cell {
  const column = tableOf(table).columns[name];
  return column && computed.has(column.policy) ? mergeField(column, was, is, next).value : next;
}

/**
 * Whether two changes of one field, the second made after the first, say together what they say one after the other, whatever they meet:
 * a step back may be sent only as a change of its own.
 */
export function foldable(
  table: TableName,
  name: string,
  first: { was: Cell; next: Cell },
  second: { was: Cell; next: Cell },
): boolean {
  const column = tableOf(table).columns[name];
  if (!column || column.policy === 'add' || !computed.has(column.policy)) return true;
  if (first.next !== second.was) return false;
  switch (column.policy) {
    case 'max':
    case 'min':
      return farther(column.policy, first.next, second.next) === second.next;
    case 'state':
      // each step stands for what was done with it, and is taken or refused on its own
      return first.was === first.next;
    default:
      return staysPut(setOf(first.was), setOf(first.next), setOf(second.next));
  }
}

/** Whether no text goes in and out again, or out and in again. */
function staysPut(before: ReadonlySet<string>, between: ReadonlySet<string>, after: ReadonlySet<string>): boolean {
  return [...before, ...between, ...after].every(
    (item) => before.has(item) === between.has(item) || between.has(item) === after.has(item),
  );
}

function number(value: Cell | undefined): number {
  return typeof value === 'number' ? value : 0;
}
