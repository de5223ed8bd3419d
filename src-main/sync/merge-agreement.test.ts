import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import type { ConflictPolicy } from '#shared/register.ts';
import { mergeField, setText, type Cell } from '#shared/sync/merge.ts';
import { rebase, type Values } from '#shared/sync/rebase.ts';
import { readVisible } from './cloud-rows.ts';
import { openOperations } from './operations.ts';
import type { TestPc } from './testing/pc.ts';
import { insert, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';

let cloud: TestCloud;
const { open, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

type Case = { policy: ConflictPolicy; was: Cell; is: Cell; next: Cell; later: boolean };

const numbers = fc.option(fc.integer({ min: -4, max: 4 }), { nil: null });
const odd = fc.oneof(
  fc.constantFrom(
    '',
    '[]',
    '[1]',
    '["a", "a"]',
    ' [ "b" ,"a" ] ',
    '["\\u0000"]',
    '["\\ud800"]',
    '{"a":1}',
    '"a"',
    'null',
  ),
  fc.string({ unit: 'binary' }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
);
const items = fc.oneof(
  fc.constantFrom('a', 'b', 'ñ', '\u{1f600}', '\uffff', '"\\', '\t\n\u0001\u007f'),
  fc.string({ unit: 'binary' }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
);
const texts = fc.oneof(fc.array(items, { maxLength: 4 }).map(setText), odd, fc.constant(null));
const steps = [null, 'packed', 'sent', '*'];

function cases(policy: ConflictPolicy, values: fc.Arbitrary<Cell>): fc.Arbitrary<Case> {
  // often the same value on two sides: that is where the rules part
  return fc
    .tuple(
      fc.array(values, { minLength: 3, maxLength: 3 }),
      fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }),
      fc.boolean(),
    )
    .map(([pool, [a = 0, b = 0, c = 0], later]) => ({
      policy,
      was: pool[a] ?? null,
      is: pool[b] ?? null,
      next: pool[c] ?? null,
      later,
    }));
}
const allCases = fc.oneof(
  cases('add', fc.integer()),
  cases('max', numbers),
  cases('min', numbers),
  cases('union', texts),
  cases('state', fc.constantFrom(...steps.slice(0, 3), 'lost')),
  ...(['server', 'client', 'latest', 'manual'] as const).map((policy) => cases(policy, fc.oneof(numbers, texts))),
);

describe('the rules of one field', () => {
  it('give the same on a PC and in the cloud, whatever the values', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(allCases, { minLength: 200, maxLength: 400 }), async (list) => {
        const sent = JSON.stringify(list.map(({ policy, was, is, next, later }) => [policy, was, is, next, later]));
        const rows = await cloud.sql<{ verdict: string; value: Cell }>(
          `select m.verdict, m.value from jsonb_array_elements($1::jsonb) with ordinality c(c, o),
             lateral sync.merge_field(c ->> 0, $2::jsonb, c -> 1, c -> 2, c -> 3, (c ->> 4)::boolean) m order by o`,
          [sent, JSON.stringify(steps)],
        );
        const mine = list.map(({ policy, was, is, next, later }) =>
          mergeField({ policy, steps }, was, is, next, later),
        );
        expect(rows.map(({ verdict, value }, i) => ({ ...list[i], verdict, value }))).toEqual(
          mine.map(({ verdict, value }, i) => ({ ...list[i], verdict, value })),
        );
      }),
      { numRuns: 40 },
    );
  });
});

/** One person's edit of a customer: fields whose merge follows from the values, and one that the last to arrive decides. */
const edit = fc
  .record(
    {
      last_visit_at: fc.option(fc.integer({ min: 1, max: 6 }), { nil: null }),
      first_visit_at: fc.option(fc.integer({ min: 1, max: 6 }), { nil: null }),
      tags: fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }).map(setText), { nil: null }),
      note: fc.constantFrom('x', 'y', 'z'),
    },
    { requiredKeys: [] },
  )
  .filter((values) => Object.keys(values).length > 0);
const edits = (minLength: number) => fc.array(edit, { minLength, maxLength: 3 });
const story = fc.record({ start: edit, theirs: edits(0), mine: edits(1), later: edits(0) });

describe('what a PC shows while its changes are not confirmed', () => {
  it.each([500, 1])('is what the cloud answers, %d operations a batch', async (batchSize) => {
    const [a, b] = (await open(2, { batchSize })) as [TestPc, TestPc];
    const stories = fc.sample(story, 60);
    const ids = stories.map(({ start }) => insert(a.store, 'customers', start));
    await allSettle();
    for (const pc of [a, b]) pc.daemon.pause(null, 'test');
    stories.forEach(({ theirs, mine }, i) => {
      for (const values of theirs) set(a.store, 'customers', ids[i] as string, values);
      for (const values of mine) set(b.store, 'customers', ids[i] as string, values);
    });
    a.daemon.resume();
    await a.settle(30);
    // the cloud's rows arrive under what b has not sent; b goes on from what b sees
    const expected = stories.map(({ later }, i): Values | null => {
      const id = ids[i] as string;
      const image = readVisible(a.store.read, 'customers', id);
      b.store.apply(null, (db) =>
        db.run(
          'INSERT INTO _shadow (table_name, row_id, image) VALUES (?, ?, ?)',
          'customers',
          id,
          JSON.stringify(image),
        ),
      );
      const seen = rebase('customers', image, openOperations(b.store.read, 'customers', id));
      b.store.apply(null, (db) => {
        for (const [name, value] of Object.entries(seen ?? {}))
          db.run(`UPDATE customers SET "${name}" = ? WHERE id = ?`, value, id);
      });
      for (const values of later) set(b.store, 'customers', id, values);
      return rebase('customers', image, openOperations(b.store.read, 'customers', id));
    });
    b.daemon.resume();
    await b.settle(30);
    ids.forEach((id, i) => {
      expect({ story: stories[i], shown: readVisible(b.store.read, 'customers', id) }).toEqual({
        story: stories[i],
        shown: expected[i],
      });
    });
    await allSettle();
    await expectEqual();
  });
});
