import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { moveStock } from '#main/shop/stock.ts';
import { recordSale, voidSale } from '#main/shop/sales.ts';
import { createCustomer } from '#main/shop/customers.ts';
import { stockLevelId } from '#main/shop/derived-id.ts';
import { value } from '#main/shop/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { restoreTxn } from '#main/sync/dead-letters.ts';
import type { TestPc } from '#main/sync/testing/pc.ts';
import { insert, row } from '#main/sync/testing/rows.ts';
import { createTestShop } from '#main/sync/testing/shop.ts';

let cloud: TestCloud;
const { pcs, open, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

describe('two PCs that void one sale', () => {
  it('give its stock and its charge back once; the later one is settled without a person', async () => {
    const [a, b] = (await open(2)) as [TestPc, TestPc];
    const product = insert(a.store, 'products', { price: 1000 });
    const storeId = readIdentity(a.store.read)?.storeId ?? '';
    const customer = value(createCustomer(a.store, { name: 'Aling Rosa', phone: null })).id;
    a.store.transaction('clerk', (db) =>
      moveStock(db, {
        id: a.store.newId(),
        storeId,
        productId: product,
        kind: 'delivery',
        qty: 10_000,
        transactionId: null,
        at: 1,
        note: null,
      }),
    );
    const items = [{ productId: product, qty: 3000 }];
    const sale = value(recordSale(a.store, { items, payment: 'credit', customerId: customer })).id;
    await allSettle();
    for (const pc of pcs) pc.daemon.pause(null, 'test');
    value(voidSale(a.store, { id: sale, reason: 'wrong' }));
    value(voidSale(b.store, { id: sale, reason: 'twice' }));
    // what B does afterwards with the same stock waits behind the void, and goes on without it
    value(recordSale(b.store, { items: [{ productId: product, qty: 1000 }], payment: 'cash', customerId: null }));
    for (const pc of pcs) {
      pc.daemon.resume();
      await pc.settle();
    }
    await allSettle();
    const level = stockLevelId(storeId, product);
    for (const pc of pcs) {
      expect(row(pc.store, 'stock_levels', level)?.qty).toBe(9000);
      expect(row(pc.store, 'transactions', sale)?.void_reason).toBe('wrong');
      expect(pc.store.read.all(`SELECT 1 FROM stock_movements WHERE note = 'void'`)).toHaveLength(1);
      expect(pc.store.read.all(`SELECT 1 FROM credit_entries WHERE note = 'void'`)).toHaveLength(1);
      expect(pc.store.read.all('SELECT 1 FROM conflicts')).toEqual([]);
    }
    await expectEqual();
    // it stays in B's history, and cannot be put back
    const letters = b.store.read.all<{ txn: number; code: string; reason: string }>('SELECT * FROM _dead_letters');
    expect(letters).toMatchObject([
      { code: 'PF411', reason: expect.stringContaining('Somebody else did this already') },
    ]);
    expect(b.store.read.get('SELECT DISTINCT state FROM _change_log WHERE txn = ?', letters[0]?.txn ?? 0)).toEqual({
      state: 5,
    });
    expect(restoreTxn(b.store, letters[0]?.txn ?? 0)).toMatchObject({ error: { code: 'moved-on' } });
  });

  it('does not mind a sale that is made and voided before anything is sent', async () => {
    const [a] = (await open(1)) as [TestPc];
    const product = insert(a.store, 'products', { price: 1000 });
    a.daemon.pause(null, 'test');
    const items = [{ productId: product, qty: 3000 }];
    const sale = value(recordSale(a.store, { items, payment: 'cash', customerId: null })).id;
    value(voidSale(a.store, { id: sale, reason: 'wrong' }));
    a.daemon.resume();
    await a.settle();
    expect(await cloud.sql('select void_reason from transactions where id = $1', [sale])).toEqual([
      { void_reason: 'wrong' },
    ]);
    await expectEqual();
  });
});
