import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import { recordCredit } from './credit.ts';
import { createCustomer, listCustomers, updateCustomer } from './customers.ts';
import { lineTotal, unitPriceOf } from './money.ts';
import { createProduct, listProducts, updateProduct } from './products.ts';
import { listSales } from './sales-list.ts';
import { recordSale, voidSale } from './sales.ts';
import { listStock, recordStockMove } from './stock.ts';
import { here, value } from './testing.ts';

let store: Store;
let cleanup: () => void;
let clock = 1_760_000_000_000;
beforeEach(() => {
  clock = 1_760_000_000_000;
  ({ store, cleanup } = testStore({ identity: here, now: () => clock }));
});
afterEach(() => cleanup());

function product(name: string, price = 800): string {
  const input = { sku: `S-${name}`, name, category: 'coffee', unit: 'sachet', price, cost: 500 };
  return value(createProduct(store, input)).id;
}
const one = { limit: 50 };

describe('recording a sale', () => {
  it('writes sale, lines, stock and charge as one local transaction', () => {
    const coffee = product('Kape');
    const soap = product('Sabon', 2250);
    const customer = value(createCustomer(store, { name: 'Aling Rosa', phone: null })).id;
    const before = store.read.get<{ seq: number }>('SELECT max(seq) AS seq FROM _change_log')?.seq ?? 0;
    const items = [
      { productId: coffee, qty: 3000 },
      { productId: soap, qty: 500 },
    ];
    const sale = value(recordSale(store, { items, payment: 'credit', customerId: customer }));
    expect(sale).toMatchObject({ number: '2-000001', total: 2400 + 1125 });
    const log = store.read.all<{ txn: number; table_name: string }>(
      'SELECT txn, table_name FROM _change_log WHERE seq > ? ORDER BY seq',
      before,
    );
    expect(new Set(log.map((row) => row.txn))).toEqual(new Set([before + 1]));
    expect(log.map((row) => row.table_name)).toEqual([
      'transactions',
      'transaction_items',
      'transaction_items',
      'stock_movements',
      'stock_levels',
      'stock_movements',
      'stock_levels',
      'credit_entries',
      'customers',
    ]);
    expect(listStock(store.read, { productIds: [coffee, soap] }).items.map((level) => level.qty)).toEqual([
      -3000, -500,
    ]);
    expect(store.read.get('SELECT kind, amount, transaction_id FROM credit_entries')).toEqual({
      kind: 'charge',
      amount: 3525,
      transaction_id: sale.id,
    });
  });

  it('gives numbers without gaps, also when a sale in between failed', () => {
    const coffee = product('Kape');
    const sell = (productId: string) =>
      recordSale(store, { items: [{ productId, qty: 1000 }], payment: 'cash', customerId: null });
    expect(value(sell(coffee)).number).toBe('2-000001');
    expect(sell('unknown')).toMatchObject({ ok: false, error: { code: 'not-found', detail: 'unknown' } });
    expect(value(sell(coffee)).number).toBe('2-000002');
  });

  it('goes on after the sales it finds of this PC', () => {
    const coffee = product('Kape');
    store.apply(null, (db) =>
      db.run(
        `INSERT INTO transactions (id, store_id, device_id, number, started_at, ended_at, payment, customer_type, request_mode,
          request_type, suggestion, total) VALUES ('x', ?, ?, '2-000041', 1, 1, 'cash', '', '', '', '', 1)`,
        here.storeId,
        here.deviceId,
      ),
    );
    const sale = recordSale(store, { items: [{ productId: coffee, qty: 1000 }], payment: 'cash', customerId: null });
    expect(value(sale).number).toBe('2-000042');
  });

  it('refuses credit without a customer, an unknown customer and a total out of range, and writes nothing', () => {
    const coffee = product('Kape', 100_000_000);
    const count = () => store.read.get<{ n: number }>('SELECT count(*) AS n FROM _change_log')?.n;
    const before = count();
    const sell = (qty: number, payment: 'cash' | 'credit', customerId: string | null) =>
      recordSale(store, { items: [{ productId: coffee, qty }], payment, customerId });
    expect(sell(1000, 'credit', null)).toMatchObject({ error: { code: 'bad-input' } });
    expect(sell(1000, 'cash', 'nobody')).toMatchObject({ error: { code: 'not-found' } });
    expect(sell(Number.MAX_SAFE_INTEGER, 'cash', null)).toMatchObject({ error: { code: 'bad-input' } });
    expect(count()).toBe(before);
  });

  it('needs an enrolled PC', () => {
    const other = testStore();
    const answer = recordSale(other.store, { items: [{ productId: 'x', qty: 1 }], payment: 'cash', customerId: null });
    other.cleanup();
    expect(answer).toMatchObject({ error: { code: 'not-enrolled' } });
  });
});

describe('voiding a sale', () => {
  it('keeps the sale, returns the stock, pays the charge back, and only once', () => {
    const coffee = product('Kape');
    const customer = value(createCustomer(store, { name: 'Aling Rosa', phone: null })).id;
    const items = [{ productId: coffee, qty: 2000 }];
    const sale = value(recordSale(store, { items, payment: 'credit', customerId: customer }));
    expect(voidSale(store, { id: sale.id, reason: 'wrong item' }).ok).toBe(true);
    expect(listStock(store.read, { productIds: [coffee] }).items[0]?.qty).toBe(0);
    expect(store.read.all('SELECT kind, amount FROM credit_entries ORDER BY kind')).toEqual([
      { kind: 'charge', amount: 1600 },
      { kind: 'payment', amount: 1600 },
    ]);
    expect(value(listSales(store.read, one)).items[0]).toMatchObject({ id: sale.id, voidedAt: clock, lines: 1 });
    expect(voidSale(store, { id: sale.id, reason: 'again' })).toMatchObject({ error: { code: 'moved-on' } });
    expect(voidSale(store, { id: 'none', reason: 'x' })).toMatchObject({ error: { code: 'not-found' } });
  });
});

describe('the list of sales', () => {
  it('pages newest first through equal times and tells the journey', () => {
    const coffee = product('Kape');
    const ids = Array.from({ length: 7 }, (_, index) => {
      if (index % 3 === 0) clock += 1000;
      const items = [{ productId: coffee, qty: 1000 }];
      return value(recordSale(store, { items, payment: 'cash', customerId: null })).id;
    });
    store.apply(null, (db) => {
      db.run(
        `UPDATE _change_log SET state = 4 WHERE txn = (SELECT txn FROM _change_log WHERE row_id = ?)`,
        ids[0] ?? '',
      );
      db.run(
        `UPDATE _change_log SET state = 3 WHERE txn = (SELECT txn FROM _change_log WHERE row_id = ?)`,
        ids[1] ?? '',
      );
    });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = value(listSales(store.read, { limit: 2, ...(cursor ? { cursor } : {}) }));
      expect(page.total).toBe(7);
      seen.push(...page.items.map((sale) => sale.id));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen.toSorted()).toEqual(ids.toSorted());
    const journeys = new Map(value(listSales(store.read, one)).items.map((sale) => [sale.id, sale.journey]));
    expect(ids.slice(0, 3).map((id) => journeys.get(id))).toEqual(['confirmed', 'refused', 'saved']);
    expect(listSales(store.read, { limit: 2, cursor: 'nonsense' })).toMatchObject({ error: { code: 'bad-input' } });
  });
});

describe('products, customers and stock', () => {
  const queued = () => store.read.get<{ n: number }>('SELECT count(*) AS n FROM _change_log')?.n ?? 0;

  it('searches and pages products as typed', () => {
    for (const name of ['b 100%', 'A one', 'a two', 'C 1000']) product(name);
    const names = (search: string, limit = 50) =>
      value(listProducts(store.read, { search, limit })).items.map((item) => item.name);
    expect(names('')).toEqual(['A one', 'a two', 'b 100%', 'C 1000']);
    expect(names('100%')).toEqual(['b 100%']);
    expect(names('A ')).toEqual(['A one', 'a two']);
    const page = value(listProducts(store.read, { search: '', limit: 3 }));
    expect(page.total).toBe(4);
    const rest = value(listProducts(store.read, { search: '', limit: 3, cursor: page.next ?? '' }));
    expect(rest).toMatchObject({ items: [{ name: 'C 1000' }], next: null });
  });

  it('writes only what differs', () => {
    const id = product('Kape', 800);
    const before = queued();
    expect(updateProduct(store, { id, changes: { price: 800, name: 'Kape' } }).ok).toBe(true);
    expect(queued()).toBe(before);
    expect(updateProduct(store, { id, changes: { price: 900, name: 'Kape' } }).ok).toBe(true);
    const log = store.read.get('SELECT new_values, old_values FROM _change_log ORDER BY seq DESC LIMIT 1');
    expect(log).toEqual({ new_values: '{"price":900}', old_values: '{"price":800}' });
    expect(updateProduct(store, { id: 'none', changes: { price: 1 } })).toMatchObject({ error: { code: 'not-found' } });
    expect(updateProduct(store, { id, changes: { price: -1 } })).toMatchObject({ error: { detail: 'price' } });
    product('Sabon');
    expect(updateProduct(store, { id, changes: { sku: 'S-Sabon' } })).toMatchObject({ error: { detail: 'sku' } });
  });

  it('edits customers of this store and sets a field to nothing', () => {
    const id = value(createCustomer(store, { name: 'Mang Bert', phone: '0917' })).id;
    expect(updateCustomer(store, { id, changes: { phone: null, credit_limit: 50_000 } }).ok).toBe(true);
    const [customer] = value(listCustomers(store.read, { search: 'bert', limit: 10 })).items;
    expect(customer).toEqual({
      id,
      name: 'Mang Bert',
      phone: null,
      address: null,
      credit_limit: 50_000,
      note: null,
      tags: [],
      first_visit_at: null,
      last_visit_at: null,
    });
  });

  it('keeps the tags of a customer as a set, and the first and last visit whatever the clock says', () => {
    const id = value(createCustomer(store, { name: 'Mang Bert', phone: null })).id;
    const coffee = product('Kape');
    const customer = () => value(listCustomers(store.read, { search: 'bert', limit: 10 })).items[0];
    expect(updateCustomer(store, { id, changes: { tags: ['utang', 'suki', 'utang'] } }).ok).toBe(true);
    expect(customer()?.tags).toEqual(['suki', 'utang']);
    const before = queued();
    expect(updateCustomer(store, { id, changes: { tags: ['utang', 'suki'] } }).ok).toBe(true);
    expect(queued()).toBe(before);
    for (const at of [7000, 5000]) {
      clock = at;
      value(recordSale(store, { items: [{ productId: coffee, qty: 1000 }], payment: 'cash', customerId: id }));
    }
    clock = 9000;
    value(recordCredit(store, { customerId: id, kind: 'payment', amount: 100, note: null }));
    clock = 10_000;
    value(recordCredit(store, { customerId: id, kind: 'charge', amount: 100, note: null }));
    expect(customer()).toMatchObject({ first_visit_at: 5000, last_visit_at: 9000 });
  });

  it('adds movements up to the level', () => {
    const productId = product('Kape');
    const move = (kind: 'delivery' | 'spoilage' | 'adjustment', qty: number) =>
      recordStockMove(store, { productId, kind, qty, note: null });
    expect(move('delivery', 24_000).ok).toBe(true);
    expect(move('spoilage', -1500).ok).toBe(true);
    expect(move('spoilage', 1500)).toMatchObject({ error: { code: 'bad-input' } });
    expect(move('adjustment', 0)).toMatchObject({ error: { code: 'bad-input' } });
    expect(listStock(store.read, { productIds: [productId, 'none'] }).items).toEqual([
      { productId, qty: 22_500 },
      { productId: 'none', qty: 0 },
    ]);
  });
});

describe('money', () => {
  it('rounds a line half up, exactly', () => {
    expect([lineTotal(1500, 333), lineTotal(1, 499), lineTotal(1, 500), lineTotal(3000, 800)]).toEqual([
      500, 0, 1, 2400,
    ]);
    fc.assert(
      fc.property(fc.nat(2_000_000_000), fc.nat(2_000_000_000), (qty, price) => {
        const exact = BigInt(qty) * BigInt(price);
        const whole = exact / 1000n;
        expect(BigInt(lineTotal(qty, price))).toBe(exact % 1000n >= 500n ? whole + 1n : whole);
      }),
    );
  });

  it('finds the unit price behind a total of whole pieces', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(1_000_000), (pieces, price) => {
        expect(unitPriceOf(lineTotal(pieces * 1000, price), pieces * 1000)).toBe(price);
      }),
    );
  });
});

describe('what an assistant adds to a sale', () => {
  it('keeps how it was asked for, what was suggested, and what was given instead', () => {
    const [asked, given] = [product('Asked', 1000), product('Given', 1200)];
    const { id } = value(
      recordSale(store, {
        items: [{ productId: given, qty: 2000, substitutedFrom: asked, substitutionReason: 'stockout' }],
        payment: 'cash',
        customerId: null,
        requestMode: 'verbal',
        requestType: 'branded',
        suggestion: 'accepted',
      }),
    );
    expect(store.read.get('SELECT request_mode, request_type, suggestion FROM transactions WHERE id = ?', id)).toEqual({
      request_mode: 'verbal',
      request_type: 'branded',
      suggestion: 'accepted',
    });
    expect(
      store.read.get(
        'SELECT substituted_from, substitution_reason FROM transaction_items WHERE transaction_id = ?',
        id,
      ),
    ).toEqual({ substituted_from: asked, substitution_reason: 'stockout' });
    const itself = { productId: given, qty: 1000, substitutedFrom: given };
    expect(recordSale(store, { items: [itself], payment: 'cash', customerId: null })).toMatchObject({
      error: { code: 'bad-input' },
    });
    const unknown = { productId: given, qty: 1000, substitutedFrom: store.newId() };
    expect(recordSale(store, { items: [unknown], payment: 'cash', customerId: null })).toMatchObject({
      error: { code: 'not-found' },
    });
  });

  it('makes one sale for one key, and refuses the key for another one', () => {
    const productId = product('Keyed', 1000);
    const sell = (qty: number) =>
      recordSale(store, { items: [{ productId, qty }], payment: 'cash', customerId: null, key: 'try-1' });
    const first = value(sell(1000));
    expect(value(sell(1000))).toEqual(first);
    expect(sell(2000)).toMatchObject({ error: { code: 'bad-input', detail: 'key' } });
    expect(store.read.get('SELECT count(*) AS n FROM transactions')).toEqual({ n: 1 });
  });
});
