/** Writes and reads of a test's shop, as people make them: each call is one local transaction. */
import type { SqlValue, Store, WritableDb } from '#main/store/types.ts';
import { readIdentity } from '#main/store/identity.ts';

type Table = 'products' | 'customers' | 'stock_levels' | 'transactions' | 'transaction_items';
type Row = Record<string, SqlValue>;

/** Inserts a row with sensible values for what is not given; answers its id. */
export function insert(store: Store, table: Table, values: Row): string {
  const id = (values.id as string | undefined) ?? store.newId();
  store.transaction('clerk', (db) => write(db, table, { ...defaults(store)[table], ...values, id }));
  return id;
}

/** One sale with one line of a product, in one transaction; answers its id. */
export function insertSale(store: Store, product: string): string {
  const id = store.newId();
  const { transactions, transaction_items: item } = defaults(store);
  store.transaction('clerk', (db) => {
    write(db, 'transactions', { ...transactions, id });
    write(db, 'transaction_items', { ...item, id: store.newId(), transaction_id: id, product_id: product });
  });
  return id;
}

export function set(store: Store, table: string, id: string, values: Row): void {
  const assignments = Object.keys(values)
    .map((name) => `${name} = ?`)
    .join(', ');
  store.transaction('clerk', (db) =>
    db.run(`UPDATE ${table} SET ${assignments} WHERE id = ?`, ...Object.values(values), id),
  );
}

export function row(store: Store, table: string, id: string): Row | undefined {
  return store.read.get(`SELECT * FROM ${table} WHERE id = ?`, id);
}

function write(db: WritableDb, table: Table, values: Row): void {
  const names = Object.keys(values);
  db.run(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    ...Object.values(values),
  );
}

function defaults(store: Store): Record<Table, Row> {
  const store_id = readIdentity(store.read)?.storeId ?? '';
  return {
    products: { sku: 'sku', name: 'Kape Uno', category: 'coffee', unit: 'sachet', price: 800, cost: 610, active: 1 },
    customers: { store_id, name: 'Aling Rosa', credit_limit: 0 },
    stock_levels: { store_id, qty: 0 },
    transactions: {
      store_id,
      number: '1-000001',
      started_at: 1_790_000_000_123,
      ended_at: 1_790_000_000_456,
      payment: 'cash',
      customer_type: 'regular',
      request_mode: 'verbal',
      request_type: 'branded',
      suggestion: 'none',
      total: 1000,
    },
    transaction_items: { store_id, line_no: 1, qty: 1000, unit: 'pc', unit_price: 1000, line_total: 1000 },
  };
}
