import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { register, tableOf, type Column, type ConflictPolicy } from '../register.ts';
import { foldable, mergeField, setOf, setText, type Cell } from './merge.ts';

const numbers = fc.option(fc.integer({ min: -5, max: 5 }), { nil: null });
const sets = fc
  .uniqueArray(fc.constantFrom('suki', 'utang', 'ñ', '\u{1f600}', '\uffff', '"'), { maxLength: 4 })
  .map(setText);
const steps = [null, 'packed', 'sent', '*'];
const moves = fc.constantFrom<Cell>(null, 'packed', 'sent', 'lost');

/** What stands at the end when changes from the same start arrive in this order; null when one was refused. */
function arrive(policy: ConflictPolicy, start: Cell, changes: readonly Cell[]): Cell | undefined {
  let is = start;
  for (const next of changes) {
    const { verdict, value } = mergeField({ policy, steps }, start, is, next);
    if (verdict === 'refuse') return undefined;
    is = value;
  }
  return is;
}

describe('merging what several PCs changed from one start', () => {
  const commutative: readonly [ConflictPolicy, fc.Arbitrary<Cell>][] = [
    ['add', fc.integer({ min: -1000, max: 1000 })],
    ['max', numbers],
    ['min', numbers],
    ['union', sets],
  ];
  it.each(commutative)('%s gives the same in any order', (policy, values) => {
    fc.assert(
      fc.property(values, fc.array(values, { minLength: 2, maxLength: 4 }), fc.nat(), (start, changes, turn) => {
        // who changed nothing sends nothing
        const sent = changes.filter((next) => next !== start);
        const at = sent.length === 0 ? 0 : turn % sent.length;
        const other = [...sent.slice(at), ...sent.slice(0, at)].toReversed();
        expect(arrive(policy, start, other)).toEqual(arrive(policy, start, sent));
      }),
    );
  });

  it('gives the same row in any order when different fields were changed', () => {
    type Row = Record<string, Cell>;
    const names = Object.keys(register.customers.columns);
    const sides = fc.array(fc.constantFrom(0, 1, 2), { minLength: names.length, maxLength: names.length });
    fc.assert(
      fc.property(sides, fc.array(numbers, { minLength: names.length, maxLength: names.length }), (owner, values) => {
        const start: Row = Object.fromEntries(names.map((name) => [name, 100]));
        const change = (side: number) =>
          names.filter((_, i) => owner[i] === side).map((name) => [name, values[names.indexOf(name)] ?? null] as const);
        const apply = (row: Row, side: number): Row =>
          change(side).reduce((now, [name, next]) => {
            const merged = mergeField(
              tableOf('customers').columns[name] as Column,
              start[name] ?? null,
              now[name] ?? null,
              next,
            );
            return { ...now, [name]: merged.value };
          }, row);
        expect(apply(apply(start, 1), 2)).toEqual(apply(apply(start, 2), 1));
        for (const [name, value] of [...change(1), ...change(2)]) expect(apply(apply(start, 1), 2)[name]).toBe(value);
      }),
    );
  });

  it('takes in what either side added and lets go what either took out', () => {
    const merged = mergeField({ policy: 'union' }, '["a","b"]', '["a","b","c"]', '["b","d"]');
    expect(merged).toEqual({ verdict: 'take', value: '["b","c","d"]' });
  });

  it('never goes back a step, and refuses whoever did not know that it was taken', () => {
    fc.assert(
      fc.property(moves, moves, moves, (was, is, next) => {
        fc.pre(is !== was && next !== was);
        const { verdict, value } = mergeField({ policy: 'state', steps }, was, is, next);
        const place = (step: Cell) => [null, 'packed', 'sent', 'lost'].indexOf(step as string | null);
        expect(verdict).toBe(place(next) > place(is) ? 'take' : 'refuse');
        expect(place(value)).toBe(Math.max(place(is), verdict === 'take' ? place(next) : 0));
      }),
    );
  });

  it('keeps any text as it is found: what is no list of texts is one text', () => {
    expect([...setOf('not json')]).toEqual(['not json']);
    expect([...setOf('[1,"a"]')]).toEqual(['[1,"a"]']);
    expect([...setOf('["a\\u0000"]')]).toEqual(['["a\\u0000"]']);
    expect([...setOf(null)]).toEqual([]);
    expect(mergeField({ policy: 'union' }, null, 'old words', '["a"]').value).toBe('["a","old words"]');
  });
});

describe('folding two changes into one', () => {
  type Case = readonly [table: 'customers', column: string, policy: ConflictPolicy, values: fc.Arbitrary<Cell>];
  const cases: readonly Case[] = [
    ['customers', 'last_visit_at', 'max', numbers],
    ['customers', 'first_visit_at', 'min', numbers],
    ['customers', 'tags', 'union', sets],
  ];
  it.each(cases)('says the same as both one after the other: %s.%s', (table, name, policy, values) => {
    const column = { policy };
    fc.assert(
      fc.property(values, values, values, values, (was, between, last, is) => {
        if (!foldable(table, name, { was, next: between }, { was: between, next: last })) return;
        const first = mergeField(column, was, is, between);
        const second = mergeField(column, between, first.value, last);
        const folded = mergeField(column, was, is, last);
        expect(folded.value).toBe(second.value);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves a step back a change of its own, and what was made on something else', () => {
    expect(foldable('customers', 'last_visit_at', { was: 5, next: 20 }, { was: 20, next: 15 })).toBe(false);
    expect(foldable('customers', 'last_visit_at', { was: 5, next: 20 }, { was: 30, next: 40 })).toBe(false);
    expect(foldable('customers', 'tags', { was: '["a"]', next: '[]' }, { was: '[]', next: '["a"]' })).toBe(false);
    expect(foldable('customers', 'last_visit_at', { was: 5, next: 20 }, { was: 20, next: 25 })).toBe(true);
    // a step stands for what was done with it
    expect(foldable('transactions', 'voided_at', { was: null, next: 5 }, { was: 5, next: 6 })).toBe(false);
    expect(foldable('transactions', 'voided_at', { was: null, next: null }, { was: null, next: 6 })).toBe(true);
  });
});
