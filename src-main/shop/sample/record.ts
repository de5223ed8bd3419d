import type { Store, WritableDb } from '#main/store/types.ts';
import { readIdentity } from '#main/store/identity.ts';
import { insertCreditEntry } from '../credit.ts';
import { insertCustomer } from '../customers.ts';
import { derivedId, orderedId } from '../derived-id.ts';
import { lineTotal } from '../money.ts';
import { insertProduct } from '../products.ts';
import { insertSale } from '../sale-rows.ts';
import { nextReceiptNumber } from '../sales.ts';
import { moveStock } from '../stock.ts';
import { sampleCatalogue } from './catalogue.ts';
import { sampleCustomers } from './customers.ts';
import type { SampleSale } from './sales.ts';

/** Sales written under one commit. */
const chunk = 100;

/**
 * Adds the sample products, customers and opening stock that are not here yet; each is a local transaction of `actor` "sample". Returns
 * how many rows were new; 0 on a PC that belongs to no store.
 */
export function recordSampleStock(store: Store, at: number): number {
  const storeId = readIdentity(store.read)?.storeId;
  if (storeId === undefined) return 0;
  const missing = (table: 'products' | 'customers' | 'stock_movements', id: string) =>
    store.read.get(`SELECT 1 FROM ${table} WHERE id = ?`, id) === undefined;
  const products = sampleCatalogue();
  const works: ((db: WritableDb) => void)[] = [];
  for (const product of products) if (missing('products', product.id)) works.push((db) => insertProduct(db, product));
  for (const customer of sampleCustomers(storeId)) {
    if (missing('customers', customer.id)) works.push((db) => insertCustomer(db, storeId, customer));
  }
  for (const product of products) {
    const id = derivedId('sample-stock', storeId, product.sku);
    const qty = product.price > 5000 ? 24_000 : 240_000;
    const movement = {
      id,
      storeId,
      productId: product.id,
      kind: 'count',
      qty,
      transactionId: null,
      at,
      note: null,
    } as const;
    if (missing('stock_movements', id)) works.push((db) => moveStock(db, movement));
  }
  if (works.length > 0) store.transactions('sample', works);
  return works.length;
}

/**
 * Records sample sales as sales of this PC: with lines and credit, without moving stock, for they are past. Sales that are here already
 * are left out. Returns how many were new; 0 on a PC that belongs to no store.
 */
export function recordSampleSales(store: Store, sales: readonly SampleSale[]): number {
  const identity = readIdentity(store.read);
  if (identity === null) return 0;
  const { storeId, deviceId } = identity;
  const customers = sampleCustomers(storeId);
  const idOf = (sale: SampleSale) => orderedId(sale.at, 'sample-sale', deviceId, sale.key);
  const fresh = sales.filter((sale) => !store.read.get('SELECT 1 FROM transactions WHERE id = ?', idOf(sale)));
  const write = (db: WritableDb, sale: SampleSale) => {
    const id = idOf(sale);
    const items = sale.items.map(({ product, qty }, index) => ({
      id: orderedId(sale.at, id, String(index + 1)),
      productId: product.id,
      qty,
      unit: product.unit,
      unitPrice: product.price,
      lineTotal: lineTotal(qty, product.price),
    }));
    const customerId = sale.customer === null ? null : (customers[sale.customer]?.id ?? null);
    const number = nextReceiptNumber(db, identity);
    const { at, payment } = sale;
    const amount = insertSale(db, {
      id,
      storeId,
      deviceId,
      number,
      startedAt: at,
      endedAt: at,
      payment,
      customerId,
      items,
    });
    if (payment === 'credit' && customerId !== null) {
      const entry = { id: orderedId(at, id, 'charge'), storeId, customerId, amount, transactionId: id, at, note: null };
      insertCreditEntry(db, { ...entry, kind: 'charge' });
    }
  };
  for (let start = 0; start < fresh.length; start += chunk) {
    store.transactions(
      'sample',
      fresh.slice(start, start + chunk).map((sale) => (db: WritableDb) => write(db, sale)),
    );
  }
  return fresh.length;
}
