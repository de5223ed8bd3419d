import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tableNames } from '#shared/register.ts';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import { writeMeta } from '#main/store/meta.ts';
import { contentOf, contentSql } from './content.ts';
import { dueVerification, isUnplanned, noteVerified, planVerifications, verifySoon } from './plan.ts';

const hour = 3_600_000;
const day = 24 * hour;

let store: Store;
let cleanup: () => void;
beforeAll(() => ({ store, cleanup } = testStore()));
afterAll(() => cleanup());

/** A PC that is on at these moments: what it compared, and when. */
function life(moments: readonly number[], random: () => number) {
  const done: { at: number; depth: string; buckets: readonly string[] | null }[] = [];
  store.apply(null, (db) => {
    db.run(`DELETE FROM _meta WHERE key = 'verification'`);
    for (const now of moments) {
      if (isUnplanned(db, now)) planVerifications(db, now, random);
      const due = dueVerification(db, now);
      if (!due) continue;
      done.push({ at: now, depth: due.order.depth, buckets: due.order.buckets });
      noteVerified(db, due, true, now, random);
    }
  });
  return done;
}

describe('the plan', () => {
  it('compares ids and versions every day, and the values of every bucket', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (numbers) => {
          let i = 0;
          const minutes = Array.from({ length: 4 * 24 * 30 }, (_, n) => n * 2 * 60_000);
          const done = life(minutes, () => numbers[(i += 1) % numbers.length] as number);
          for (let from = day; from + day <= 4 * day; from += 6 * hour) {
            // a few minutes pass between being due and being done
            const within = done.filter(({ at }) => at >= from && at < from + day + hour);
            expect(within.some(({ depth }) => depth === 'versions')).toBe(true);
            expect(new Set(within.flatMap(({ buckets }) => buckets ?? [])).size).toBe(256);
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('takes more at once after a night, and goes on where it was', () => {
    const opening = Array.from({ length: 5 * 60 }, (_, n) => Math.floor(n / 60) * day + (n % 60) * 10 * 60_000);
    const done = life(opening, () => 0.5).filter(({ buckets }) => buckets);
    const days = done.filter(({ at }) => at >= day && at < 3 * day).flatMap(({ buckets }) => buckets ?? []);
    expect(new Set(days).size).toBe(256);
  });

  it('asks again soon when it could not be done, and is made anew when the clock was put back', () => {
    life([0], () => 0.5);
    const at = (now: number) => dueVerification(store.read, now);
    const due = at(2 * day);
    if (!due) throw new Error('due');
    store.apply(null, (db) => noteVerified(db, due, false, 2 * day, () => 0.5));
    const other = at(2 * day);
    if (!other) throw new Error('due');
    store.apply(null, (db) => noteVerified(db, other, false, 2 * day, () => 0.5));
    expect(at(2 * day + 60_000)).toBeNull();
    expect(at(2 * day + hour)?.order).toEqual(due.order);
    expect(isUnplanned(store.read, 2 * day)).toBe(false);
    expect(isUnplanned(store.read, -10 * day)).toBe(true);
  });

  it('puts tables that grew with an update first, once', () => {
    life([0], () => 0.5);
    store.apply(null, (db) => verifySoon(db, ['customers'], day / 100));
    const due = dueVerification(store.read, day / 100);
    expect(due).toEqual({ cause: 'update', order: { depth: 'content', buckets: null, tables: ['customers'] } });
    if (due) store.apply(null, (db) => noteVerified(db, due, true, day / 100, () => 0.5));
    expect(dueVerification(store.read, day / 100)).toBeNull();
    expect(tableNames).toContain('customers');
    store.apply(null, (db) => writeMeta(db, 'verification', null));
  });
});

describe('the text of a row', () => {
  const text = fc
    .string({ unit: 'binary', maxLength: 8 })
    .filter((value) => !value.includes('\0') && !/\p{Surrogate}/u.test(value));
  const name = fc.oneof(text, fc.constantFrom('~', '|', '1:a', 'a|1:b', "it's", '"', '😀ñ'));
  const columns = ['store_id', 'name', 'phone', 'address', 'credit_limit', 'note', 'tags', 'first_visit_at'];
  const values = fc.record({
    store_id: fc.uuid(),
    name,
    phone: fc.option(name),
    address: fc.option(name),
    credit_limit: fc.integer(),
    note: fc.option(name),
    tags: fc.option(name),
    first_visit_at: fc.option(fc.nat()),
  });

  it('is the same by SQL and by hand, and differs where rows differ', () => {
    fc.assert(
      fc.property(values, values, fc.nat(9), fc.nat(9), (one, two, v1, v2) => {
        const id = '0197f0f0-0000-7000-8000-0000000000ab';
        const texts = [[one, v1] as const, [two, v2] as const].map(([row, version]) =>
          store.apply(null, (db) => {
            db.run('DELETE FROM customers');
            db.run('DELETE FROM _row_state');
            db.run(
              `INSERT INTO customers (id, ${columns.join(', ')}) VALUES (?${', ?'.repeat(columns.length)})`,
              id,
              ...columns.map((column) => row[column as keyof typeof row]),
            );
            if (version > 0)
              db.run(`INSERT INTO _row_state (table_name, row_id, version) VALUES ('customers', ?, ?)`, id, version);
            const sql = db.get<{ content: string }>(
              `SELECT ${contentSql(db.schema, 'customers', columns)} AS content FROM customers t
               LEFT JOIN _row_state s ON s.table_name = 'customers' AND s.row_id = t.id`,
            )?.content;
            expect(sql).toBe(
              contentOf(db.schema, 'customers', columns, { id, version, markedDeleted: false, values: row }),
            );
            return sql;
          }),
        );
        const same = JSON.stringify([one, v1]) === JSON.stringify([two, v2]);
        expect(texts[0] === texts[1]).toBe(same);
      }),
      { numRuns: 150 },
    );
  });
});
