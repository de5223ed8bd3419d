import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import type { SqlValue } from '#main/store/types.ts';
import { insert, row, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';
import type { TestPc } from './testing/pc.ts';

let cloud: TestCloud;
const { pcs, open, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

type Row = Record<string, SqlValue>;
type Change = (pc: TestPc, id: string) => void;

/** Two PCs change one record without knowing of each other; the first one's change arrives first. */
async function meet(
  table: 'customers' | 'products' | 'stock_levels',
  start: Row,
  first: Change,
  second: Change,
): Promise<string> {
  const [a, b] = (await open(2)) as [TestPc, TestPc];
  const product = table === 'stock_levels' ? { product_id: insert(a.store, 'products', {}) } : {};
  const id = insert(a.store, table, { ...start, ...product });
  await allSettle();
  for (const pc of pcs) pc.daemon.pause(null, 'test');
  first(a, id);
  second(b, id);
  for (const pc of pcs) {
    pc.daemon.resume();
    await pc.settle();
  }
  await allSettle();
  return id;
}
const to =
  (table: string, values: Row): Change =>
  (pc, id) =>
    set(pc.store, table, id, values);
const remove =
  (table: string): Change =>
  (pc, id) =>
    pc.store.transaction('clerk', (db) => db.run(`DELETE FROM ${table} WHERE id = ?`, id));
const shown = (table: string, id: string) => pcs.map((pc) => row(pc.store, table, id));
const conflictsOf = (id: string) =>
  pcs.map((pc) =>
    pc.store.read.all<Row>(
      `SELECT kind, status, fields, resolution, image, resolved_by FROM conflicts WHERE row_id = ?`,
      id,
    ),
  );
const letters = () => pcs.flatMap((pc) => pc.store.read.all('SELECT code FROM _dead_letters'));

describe('two PCs that change one field', () => {
  const orders = [
    ['max', 'last_visit_at', 1000, 3000, 2000, 3000],
    ['min', 'first_visit_at', 5000, 3000, 4000, 3000],
    ['union', 'tags', '["suki","utang"]', '["delivery","suki","utang"]', '["suki"]', '["delivery","suki"]'],
  ] as const;
  it.each(orders)('%s: %s is the same in either order', async (_policy, column, start, one, other, merged) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const id = await meet(
        'customers',
        { [column]: start },
        to('customers', { [column]: first }),
        to('customers', { [column]: second }),
      );
      for (const seen of shown('customers', id)) expect(seen?.[column]).toBe(merged);
      expect(conflictsOf(id)).toEqual([[], []]);
      await expectEqual();
      await close();
    }
  });

  it('client: what arrives last stands, and what it replaced is history', async () => {
    const id = await meet(
      'customers',
      { note: 'old' },
      to('customers', { note: 'first' }),
      to('customers', { note: 'last' }),
    );
    for (const seen of shown('customers', id)) expect(seen?.note).toBe('last');
    for (const [one] of conflictsOf(id)) {
      expect(one).toMatchObject({ kind: 'fields', status: 'resolved', resolved_by: 'rule' });
      expect(JSON.parse(String(one?.fields))).toEqual([
        { column: 'note', base: 'old', incoming: 'last', kept: 'first' },
      ]);
      expect(JSON.parse(String(one?.resolution))).toEqual({ values: { note: 'last' } });
    }
    await expectEqual();
  });
});

describe('a deletion and a change that meet', () => {
  const change = to('customers', { phone: '0917', name: 'Changed' });
  const drop = remove('customers');

  it.each([
    ['the change first', change, drop],
    ['the deletion first', drop, change],
  ] as const)('keep: the record stays with the change, %s', async (_order, first, second) => {
    const id = await meet('customers', { tags: '["suki"]' }, first, second);
    for (const seen of shown('customers', id))
      expect(seen).toMatchObject({ phone: '0917', name: 'Changed', tags: '["suki"]' });
    for (const [one, ...more] of conflictsOf(id)) {
      expect(more).toEqual([]);
      expect(one).toMatchObject({
        status: 'resolved',
        resolved_by: 'rule',
        kind: first === change ? 'delete' : 'update',
      });
    }
    expect(letters()).toEqual([]);
    await expectEqual();
  });

  it.each([
    ['the change first', to('products', { price: 900 }), remove('products')],
    ['the deletion first', remove('products'), to('products', { price: 900 })],
  ] as const)('manual: the state of the cloud stays and a person is asked, %s', async (order, first, second) => {
    const id = await meet('products', { price: 800 }, first, second);
    const stays = order === 'the change first';
    for (const seen of shown('products', id)) expect(seen?.price).toBe(stays ? 900 : undefined);
    for (const [one, ...more] of conflictsOf(id)) {
      expect(more).toEqual([]);
      expect(one).toMatchObject({ status: 'open', kind: stays ? 'delete' : 'update' });
      const line = stays ? { incoming: null, kept: 900 } : { incoming: 900, kept: null };
      expect(JSON.parse(String(one?.fields))).toEqual([{ column: 'price', base: 800, ...line }]);
      expect(JSON.parse(String(one?.image))).toMatchObject({ name: 'Kape Uno', price: stays ? 900 : 800 });
    }
    expect(letters()).toEqual([]);
    await expectEqual();
  });

  it.each(['the change first', 'the deletion first'])(
    'delete: the record is gone and the change is history, %s',
    async (order) => {
      const [a, b] = (await open(2)) as [TestPc, TestPc];
      const product = insert(a.store, 'products', {});
      const { store_id } = row(a.store, 'devices', String(a.store.read.get<Row>('SELECT id FROM devices')?.id)) ?? {};
      const id = a.store.newId();
      a.store.transaction('clerk', (db) =>
        db.run(
          `INSERT INTO stock_movements (id, store_id, product_id, kind, qty, at) VALUES (?, ?, ?, 'delivery', 1000, 5)`,
          id,
          store_id ?? null,
          product,
        ),
      );
      await allSettle();
      for (const pc of pcs) pc.daemon.pause(null, 'test');
      set(a.store, 'stock_movements', id, { note: 'truck' });
      remove('stock_movements')(b, id);
      for (const pc of order === 'the change first' ? [a, b] : [b, a]) {
        pc.daemon.resume();
        await pc.settle();
      }
      await allSettle();
      expect(shown('stock_movements', id)).toEqual([undefined, undefined]);
      for (const [one] of conflictsOf(id)) {
        expect(one).toMatchObject({ status: 'resolved', resolved_by: 'rule' });
        expect(JSON.parse(String(one?.resolution))).toEqual({ values: {}, record: 'deleted' });
        expect(String(one?.fields)).toContain('truck');
      }
      expect(letters()).toEqual([]);
      await expectEqual();
    },
  );

  it('lets a deletion pass when only the version is another: the record still says what was deleted', async () => {
    const [a, b] = (await open(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'products', {});
    await allSettle();
    b.daemon.pause(null, 'test');
    set(a.store, 'products', id, { price: 900 });
    set(a.store, 'products', id, { price: 800 });
    await a.settle();
    remove('products')(b, id);
    b.daemon.resume();
    await allSettle();
    expect(shown('products', id)).toEqual([undefined, undefined]);
    await expectEqual();
  });

  it('takes in stock that was counted on a level the office deleted', async () => {
    const id = await meet('stock_levels', { qty: 10 }, remove('stock_levels'), to('stock_levels', { qty: 7 }));
    for (const seen of shown('stock_levels', id)) expect(seen?.qty).toBe(7);
    await expectEqual();
  });

  it('refuses a change of what was deleted when nobody kept what it was', async () => {
    const [a] = (await open(1)) as [TestPc];
    const id = insert(a.store, 'customers', {});
    await a.settle();
    a.daemon.pause(null, 'test');
    await cloud.sql('delete from customers where id = $1', [id]);
    await cloud.sql('delete from sync.tombstones where row_id = $1', [id]);
    set(a.store, 'customers', id, { phone: '1' });
    a.daemon.resume();
    await a.settle();
    expect(letters()).toEqual([{ code: 'PF410' }]);
  });
});
