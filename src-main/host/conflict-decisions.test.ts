import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { listConflicts } from '#main/shop/conflict-view.ts';
import { resolveConflict, resolveMany } from '#main/shop/resolve-conflict.ts';
import { similarConflicts } from '#main/shop/similar-conflicts.ts';
import { value } from '#main/shop/testing.ts';
import { undoMany, undoResolution } from '#main/shop/undo-conflict.ts';
import { insert, row, set } from '#main/sync/testing/rows.ts';
import { createTestShop } from '#main/sync/testing/shop.ts';
import type { TestPc } from '#main/sync/testing/pc.ts';

let cloud: TestCloud;
const { pcs, open, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

type Work = (pc: TestPc, id: string, index: number) => void;

/** Products that two PCs changed without knowing of each other, the first one's changes in the cloud first. Answers their ids. */
async function met(count: number, first: Work, second: Work): Promise<string[]> {
  const [a, b] = (await open(2)) as [TestPc, TestPc];
  const ids = Array.from({ length: count }, (_, i) => insert(a.store, 'products', { price: 800, sku: `s${i}` }));
  await allSettle();
  for (const pc of pcs) pc.daemon.pause(null, 'test');
  ids.forEach((id, i) => first(a, id, i));
  ids.forEach((id, i) => second(b, id, i));
  await resumeInTurn();
  await allSettle();
  about = ids;
  return ids;
}
async function resumeInTurn(): Promise<void> {
  for (const pc of pcs) {
    pc.daemon.resume();
    await pc.settle();
  }
}
const price =
  (pesos: number): Work =>
  (pc, id) =>
    set(pc.store, 'products', id, { price: pesos });
const drop: Work = (pc, id) => pc.store.transaction('clerk', (db) => db.run('DELETE FROM products WHERE id = ?', id));

/** Products are the chain's, so the conflicts of earlier tests are there, too. */
let about: readonly string[] = [];
const conflicts = (pc: TestPc, status: 'open' | 'resolved' = 'open'): ConflictItem[] =>
  value(listConflicts(pc.store.read, { status, limit: 50 })).items.filter(({ rowId }) => about.includes(rowId));
const only = (pc: TestPc, status: 'open' | 'resolved' = 'open'): ConflictItem => {
  const [one, ...more] = conflicts(pc, status);
  if (!one || more.length > 0) throw new Error(`${more.length + (one ? 1 : 0)} conflicts`);
  return one;
};
const prices = (id: string) => pcs.map((pc) => row(pc.store, 'products', id)?.price);
const pauseAll = () => pcs.forEach((pc) => pc.daemon.pause(null, 'test'));

describe('two people who decide one conflict at once', () => {
  async function decidedTwice(one: number, other: number): Promise<string> {
    const [id = ''] = await met(1, price(850), price(900));
    pauseAll();
    for (const [i, pc] of pcs.entries()) {
      const chosen = { id: only(pc).id, values: { price: i === 0 ? one : other }, seen: { price: 850 } };
      value(resolveConflict(pc.store, chosen));
    }
    await resumeInTurn();
    await allSettle();
    await expectEqual();
    return id;
  }

  it('are done when they chose the same, and both stand in the history', async () => {
    const id = await decidedTwice(900, 900);
    expect(prices(id)).toEqual([900, 900]);
    for (const pc of pcs) {
      expect(conflicts(pc)).toEqual([]);
      const events = only(pc, 'resolved').history.map(({ what, deviceName, values }) => [what, deviceName, values]);
      expect(events).toEqual([
        ['opened', 'Counter 2', null],
        ['resolved', 'Counter 1', { price: 900 }],
        ['late', 'Counter 2', { price: 900 }],
      ]);
    }
  });

  it('are asked again when they chose differently, and neither choice is lost', async () => {
    const id = await decidedTwice(870, 920);
    expect(prices(id)).toEqual([870, 870]);
    for (const pc of pcs) {
      expect(only(pc).fields).toEqual([{ column: 'price', base: 850, incoming: 920, kept: 870 }]);
      const late = only(pc, 'resolved').history.at(-1);
      expect(late).toMatchObject({ what: 'late', deviceName: 'Counter 2', values: { price: 920 } });
    }
  });
});

describe('a decision about a deletion', () => {
  it('brings the record back with the change, and can be undone', async () => {
    const [id = ''] = await met(1, drop, (pc, one) => set(pc.store, 'products', one, { price: 900, cost: 700 }));
    expect(prices(id)).toEqual([undefined, undefined]);
    const a = pcs[0] as TestPc;
    const asked = only(a);
    expect(asked).toMatchObject({ kind: 'update', title: 'Kape Uno', record: null, image: { price: 800, cost: 610 } });
    const decide = (values: Record<string, number>, record?: 'keep' | 'delete', seen = {}) =>
      resolveConflict(a.store, { id: asked.id, values, seen, ...(record ? { record } : {}) });
    expect(decide({ price: 900 })).toMatchObject({ error: { code: 'bad-input', detail: 'record' } });
    expect(decide({ price: 900 }, 'delete')).toMatchObject({ error: { code: 'bad-input' } });
    expect(decide({ price: 900 }, 'keep', { price: 800 })).toMatchObject({ error: { code: 'moved-on' } });
    value(decide({ price: 900, cost: 700 }, 'keep'));
    await allSettle();
    for (const pc of pcs)
      expect(row(pc.store, 'products', id)).toMatchObject({ price: 900, cost: 700, name: 'Kape Uno' });
    expect(only(a, 'resolved').resolution).toMatchObject({ record: 'restored', values: { price: 900 } });
    const b = pcs[1] as TestPc;
    value(undoResolution(b.store, { id: only(b, 'resolved').id }));
    await allSettle();
    expect(prices(id)).toEqual([undefined, undefined]);
    value(resolveConflict(b.store, { id: only(b).id, values: {}, seen: {}, record: 'delete' }));
    await allSettle();
    expect(prices(id)).toEqual([undefined, undefined]);
    expect(only(a, 'resolved').history.map(({ what }) => what)).toEqual(['opened', 'resolved', 'undone', 'resolved']);
    await expectEqual();
  });

  it('deletes the record after all, and can be undone', async () => {
    const [id = ''] = await met(1, price(900), drop);
    expect(prices(id)).toEqual([900, 900]);
    const a = pcs[0] as TestPc;
    const asked = only(a);
    expect(asked).toMatchObject({ kind: 'delete', record: { price: 900 } });
    value(resolveConflict(a.store, { id: asked.id, values: {}, seen: { price: 900 }, record: 'delete' }));
    await allSettle();
    expect(prices(id)).toEqual([undefined, undefined]);
    value(undoResolution(a.store, { id: asked.id }));
    await allSettle();
    for (const pc of pcs)
      expect(row(pc.store, 'products', id)).toMatchObject({ price: 900, name: 'Kape Uno', sku: 's0' });
    expect(only(a).status).toBe('open');
    await expectEqual();
  });

  it('does not bring back a record that somebody changed since', async () => {
    const [id = ''] = await met(1, drop, price(900));
    const a = pcs[0] as TestPc;
    value(resolveConflict(a.store, { id: only(a).id, values: { price: 900 }, seen: {}, record: 'keep' }));
    set(a.store, 'products', id, { name: 'Renamed' });
    expect(undoResolution(a.store, { id: only(a, 'resolved').id })).toMatchObject({
      error: { code: 'moved-on', detail: 'name' },
    });
    expect(prices(id)[0]).toBe(900);
  });
});

describe('one answer for many', () => {
  it('settles all that are alike, leaves open what moved on, and is undone as one', async () => {
    const ids = await met(
      4,
      (pc, id, i) => set(pc.store, 'products', id, i === 3 ? { name: 'One' } : { price: 850 }),
      (pc, id, i) => set(pc.store, 'products', id, i === 3 ? { name: 'Other' } : { price: 900 + i }),
    );
    const [a, b] = pcs as [TestPc, TestPc];
    const conflictOf = (pc: TestPc, i: number) => conflicts(pc).find((one) => one.rowId === ids[i])?.id ?? '';
    const others = value(similarConflicts(a.store.read, { id: conflictOf(a, 0) })).ids;
    expect(others.toSorted()).toEqual([conflictOf(a, 1), conflictOf(a, 2)].toSorted());
    // while somebody thinks about it, another one sets a price
    set(a.store, 'products', ids[2] ?? '', { price: 700 });
    const all = [conflictOf(a, 0), ...others, 'nothing'];
    const results = value(resolveMany(a.store, { ids: [...all, conflictOf(a, 0)], take: 'incoming' })).results;
    expect(Object.fromEntries(results.map(({ id, error }) => [id, error?.code]))).toEqual({
      [conflictOf(b, 0)]: undefined,
      [conflictOf(b, 1)]: undefined,
      [conflictOf(b, 2)]: 'moved-on',
      nothing: 'not-found',
    });
    expect(results).toHaveLength(4);
    await allSettle();
    for (const pc of pcs) {
      expect(ids.slice(0, 3).map((id) => row(pc.store, 'products', id)?.price)).toEqual([900, 901, 700]);
      expect(conflicts(pc)).toHaveLength(2);
    }
    const done = results.filter(({ error }) => error === null).map(({ id }) => id);
    expect(value(undoMany(a.store, { ids: done })).results.every(({ error }) => error === null)).toBe(true);
    await allSettle();
    for (const pc of pcs) {
      expect(ids.slice(0, 3).map((id) => row(pc.store, 'products', id)?.price)).toEqual([850, 850, 700]);
      expect(conflicts(pc)).toHaveLength(4);
    }
    expect(value(undoMany(a.store, { ids: done })).results.map(({ error }) => error?.code)).toEqual([
      'moved-on',
      'moved-on',
    ]);
    await expectEqual();
  });

  it('takes a side about deletions, too', async () => {
    const ids = await met(3, drop, price(900));
    const a = pcs[0] as TestPc;
    const [first, ...others] = conflicts(a).map(({ id }) => id);
    expect(value(similarConflicts(a.store.read, { id: first ?? '' })).ids.toSorted()).toEqual(others.toSorted());
    value(resolveMany(a.store, { ids: [first ?? '', ...others.slice(1)], take: 'incoming' }));
    value(resolveMany(a.store, { ids: others.slice(0, 1), take: 'kept' }));
    await allSettle();
    for (const pc of pcs) {
      expect(ids.filter((id) => row(pc.store, 'products', id)?.price === 900)).toHaveLength(2);
      expect(ids.filter((id) => row(pc.store, 'products', id) === undefined)).toHaveLength(1);
      expect(conflicts(pc)).toEqual([]);
    }
    await expectEqual();
  });
});
