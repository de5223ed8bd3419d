import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { discardTxn, restoreTxn } from './dead-letters.ts';
import { editTxn, undoEdit } from './edit-refused.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';
import type { TestPc } from './testing/pc.ts';

let cloud: TestCloud;
const { open, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

const refusedTxn = (pc: TestPc) =>
  pc.store.read.get<{ txn: number }>(`SELECT txn FROM _dead_letters WHERE code <> 'held'`)?.txn ?? 0;
const statesOf = (pc: TestPc) =>
  pc.store.read.all('SELECT DISTINCT state FROM _change_log WHERE state < 4 ORDER BY state');

/** A price below zero is refused, and a name typed after it waits. */
async function refusedPrice(): Promise<{ pc: TestPc; id: string; txn: number }> {
  const [pc] = (await open(1)) as [TestPc];
  const id = insert(pc.store, 'products', { price: 800 });
  await pc.settle();
  pc.daemon.pause(null, 'test');
  pc.store.transaction('clerk', (db) => {
    db.run('UPDATE products SET price = -5 WHERE id = ?', id);
    db.run('UPDATE products SET price = -7, cost = 600 WHERE id = ?', id);
  });
  set(pc.store, 'products', id, { name: 'Behind' });
  pc.daemon.resume();
  await pc.settle();
  return { pc, id, txn: refusedTxn(pc) };
}

describe('editing what was refused', () => {
  it('sends the same transaction again with other values, and what waited behind it', async () => {
    const { pc, id, txn } = await refusedPrice();
    expect(editTxn(pc.store, txn, [{ table: 'products', rowId: id, values: { price: 900 } }]).ok).toBe(true);
    expect(row(pc.store, 'products', id)).toMatchObject({ price: 900, cost: 600, name: 'Behind' });
    await pc.settle();
    expect(await cloud.sql('select name, price::int, cost::int from products where id = $1', [id])).toEqual([
      { name: 'Behind', price: 900, cost: 600 },
    ]);
    expect(pc.store.read.all('SELECT * FROM _dead_letters')).toEqual([]);
    // what it said first is still known, with the refusal that it met
    const kept = pc.store.read.all<{ new_values: string; code: string; by: string }>('SELECT * FROM _change_edits');
    expect(kept.map((one) => [JSON.parse(one.new_values), one.code, one.by])).toEqual([
      [{ price: -7, cost: 600 }, '23514', 'operator'],
    ]);
    await expectEqual();
  });

  it('keeps a sale whole: a line that refers to nothing is put right and all of it arrives', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const product = insert(pc.store, 'products', {});
    const sale = insertSale(pc.store, pc.store.newId());
    await pc.settle();
    const line = pc.store.read.get<{ id: string }>('SELECT id FROM transaction_items')?.id ?? '';
    const change = { table: 'transaction_items', rowId: line, values: { product_id: product } };
    expect(editTxn(pc.store, refusedTxn(pc), [change]).ok).toBe(true);
    await pc.settle();
    expect(await cloud.sql('select product_id from transaction_items where transaction_id = $1', [sale])).toEqual([
      { product_id: product },
    ]);
    await expectEqual();
  });

  it('counts an edited stock change as the difference it says now', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const product = insert(pc.store, 'products', {});
    const level = insert(pc.store, 'stock_levels', { product_id: product, qty: 10 });
    await pc.settle();
    pc.daemon.pause(null, 'test');
    pc.store.transaction('clerk', (db) => {
      db.run('UPDATE stock_levels SET qty = 15 WHERE id = ?', level);
      db.run('UPDATE products SET price = -1 WHERE id = ?', product);
    });
    set(pc.store, 'stock_levels', level, { qty: 12 });
    pc.daemon.resume();
    await pc.settle();
    const changes = [
      { table: 'stock_levels', rowId: level, values: { qty: 14 } },
      { table: 'products', rowId: product, values: { price: 1 } },
    ];
    expect(editTxn(pc.store, refusedTxn(pc), changes).ok).toBe(true);
    // 10, four more instead of five, three sold
    expect(row(pc.store, 'stock_levels', level)?.qty).toBe(11);
    await pc.settle();
    expect(await cloud.sql('select qty::int from stock_levels where id = $1', [level])).toEqual([{ qty: 11 }]);
    await expectEqual();
  });

  it('is refused again when it is still wrong, and can be taken back', async () => {
    const { pc, id, txn } = await refusedPrice();
    expect(editTxn(pc.store, txn, [{ table: 'products', rowId: id, values: { price: -1 } }]).ok).toBe(true);
    await pc.settle();
    expect(pc.store.read.get('SELECT code, attempts FROM _dead_letters WHERE txn = ?', txn)).toEqual({
      code: '23514',
      attempts: 2,
    });
    expect(undoEdit(pc.store, txn).ok).toBe(true);
    expect(row(pc.store, 'products', id)?.price).toBe(-7);
    expect(pc.store.read.all('SELECT 1 FROM _change_edits')).toEqual([]);
    expect(undoEdit(pc.store, txn)).toMatchObject({ error: { code: 'not-found' } });
    // and taking the cloud's row is still a way out
    expect(discardTxn(pc.store, txn).ok).toBe(true);
    expect(row(pc.store, 'products', id)).toMatchObject({ price: 800, name: 'Behind' });
    await pc.settle();
    expect(restoreTxn(pc.store, txn).ok).toBe(true);
    expect(row(pc.store, 'products', id)).toMatchObject({ price: -7, name: 'Behind' });
  });

  it('can be taken back before it is sent, not after', async () => {
    const { pc, id, txn } = await refusedPrice();
    pc.daemon.pause(null, 'test');
    const change = { table: 'products', rowId: id, values: { price: 900 } };
    expect(editTxn(pc.store, txn, [change]).ok).toBe(true);
    expect(statesOf(pc)).toEqual([{ state: 0 }]);
    expect(undoEdit(pc.store, txn).ok).toBe(true);
    expect(row(pc.store, 'products', id)).toMatchObject({ price: -7, name: 'Behind' });
    expect(editTxn(pc.store, txn, [change]).ok).toBe(true);
    pc.daemon.resume();
    await pc.settle();
    expect(undoEdit(pc.store, txn)).toMatchObject({ error: { code: 'moved-on' } });
    await expectEqual();
  });

  it('takes only what belongs there', async () => {
    const { pc, id, txn } = await refusedPrice();
    const edit = (table: string, values: Record<string, string | number | null>, rowId = id) =>
      editTxn(pc.store, txn, [{ table, rowId, values }]);
    const wrong: [string, Record<string, string | number | null>, string?][] = [
      ['products', { price: '9' }],
      ['products', { price: null }],
      ['products', { price: 1.5 }],
      ['products', { name: 'not in this change' }],
      ['products', { constructor: 1 }],
      ['products', { id: 'x' }],
      ['products', { price: 1 }, 'another row'],
      ['_meta', { value: 'x' }],
    ];
    for (const [table, values, rowId] of wrong) {
      expect(edit(table, values, rowId)).toMatchObject({ error: { code: 'bad-input' } });
    }
    expect(editTxn(pc.store, 999_999, [])).toMatchObject({ error: { code: 'not-found' } });
    expect(statesOf(pc)).toEqual([{ state: 2 }, { state: 3 }]);
    expect(row(pc.store, 'products', id)?.price).toBe(-7);
  });
});
