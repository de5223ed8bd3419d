/** What people do at a PC: each is one local transaction, or one decision about what is stuck. */
import type { Random } from '../core/random.ts';
import { recordCredit } from '#main/shop/credit.ts';
import { createCustomer, updateCustomer } from '#main/shop/customers.ts';
import { createProduct, updateProduct } from '#main/shop/products.ts';
import { conflictFields, type ConflictRow } from '#main/shop/conflict-rows.ts';
import { resolveConflict } from '#main/shop/resolve-conflict.ts';
import { undoResolution } from '#main/shop/undo-conflict.ts';
import { recordSale, voidSale } from '#main/shop/sales.ts';
import { recordStockMove } from '#main/shop/stock.ts';
import type { Store } from '#main/store/types.ts';
import { discardTxn, restoreTxn, retryTxn } from '#main/sync/dead-letters.ts';

/** Does it if there is something to do it with. `busy`: how often the first record is taken, where many meet. */
type Act = (store: Store, random: Random, busy: number) => void;
type Id = { readonly id: string };

const texts = ['', 'Aling Nena', 'Mang Tomas', 'ñandú ☕', "o'clock", 'a', 'zz top', '0917 555'];
const text = (random: Random): string => `${random.pick(texts)} ${random.int(9)}`.trim();

function one(store: Store, random: Random, busy: number, sql: string): string | null {
  const rows = store.read.all<Id>(sql);
  return rows.length === 0 ? null : random.chance(busy) ? (rows[0] as Id).id : random.pick(rows).id;
}
const product = (store: Store, random: Random, busy: number) =>
  one(store, random, busy, 'SELECT id FROM products ORDER BY id');
const customer = (store: Store, random: Random, busy: number) =>
  one(store, random, busy, 'SELECT id FROM customers ORDER BY id');
const letter = (store: Store, random: Random): number | null => {
  const rows = store.read.all<{ txn: number }>(
    'SELECT DISTINCT txn FROM _change_log WHERE state IN (2, 3) ORDER BY txn',
  );
  return rows.length === 0 ? null : random.pick(rows).txn;
};

/** Tags of a customer as PCs write them. */
export function someTags(random: Random): string {
  return JSON.stringify(['suki', 'new', 'credit', 'far'].filter(() => random.chance(0.4)).toSorted());
}

function sell(store: Store, random: Random, busy: number): void {
  const items = Array.from({ length: 1 + random.int(3) }, () =>
    one(store, random, busy, 'SELECT id FROM products WHERE price >= 0 ORDER BY id'),
  )
    .filter((id) => id !== null)
    .map((productId) => ({ productId, qty: 1000 * (1 + random.int(4)) }));
  if (items.length === 0) return;
  const customerId = random.chance(0.4) ? customer(store, random, busy) : null;
  const payment = customerId === null ? 'cash' : random.pick(['cash', 'gcash', 'credit'] as const);
  recordSale(store, { items, payment, customerId });
}

/** What another program or a fault could write: the cloud refuses it. */
function poison(store: Store, random: Random, busy: number): void {
  const id = product(store, random, busy);
  if (id === null) return;
  store.transaction('operator', (db) => {
    if (random.chance(0.5)) db.run('UPDATE products SET price = -5 WHERE id = ?', id);
    else db.run(`UPDATE products SET name = '' WHERE id = ?`, id);
    if (random.chance(0.5)) db.run('UPDATE products SET cost = cost + 1 WHERE id = ?', id);
  });
  // and the next edit of the same record comes before anybody noticed
  if (random.chance(0.5)) updateProduct(store, { id, changes: { brand: text(random) } });
}

function editMany(store: Store, random: Random): void {
  const change = random.int(50);
  store.transaction('operator', (db) => {
    if (random.chance(0.5)) db.run('UPDATE products SET cost = cost + ?', change);
    else db.run('UPDATE customers SET note = ?', `round ${change}`);
  });
}

/** Conflicts have ids from the cloud, so they are found by what they are about. */
function conflict(store: Store, random: Random, status: string): ConflictRow | null {
  const rows = store.read.all<ConflictRow>(
    'SELECT * FROM conflicts WHERE status = ? ORDER BY table_name, row_id, incoming_at, fields',
    status,
  );
  return rows.length === 0 ? null : random.pick(rows);
}

function resolve(store: Store, random: Random): void {
  const row = conflict(store, random, 'open');
  if (!row) return;
  const record = store.read.get<Record<string, string | number | null>>(
    `SELECT * FROM "${row.table_name}" WHERE id = ?`,
    row.row_id,
  );
  const fields = conflictFields(row);
  const seen = record ? Object.fromEntries(fields.map(({ column }) => [column, record[column] ?? null])) : {};
  const values = record
    ? Object.fromEntries(fields.map(({ column, incoming, kept }) => [column, random.chance(0.5) ? incoming : kept]))
    : {};
  resolveConflict(store, { id: row.id, values, seen });
}

export const acts = {
  sale: sell,
  void: (store, random, busy) => {
    const id = one(store, random, busy, 'SELECT id FROM transactions ORDER BY id');
    if (id !== null) voidSale(store, { id, reason: 'wrong item' });
  },
  stock: (store, random, busy) => {
    const productId = product(store, random, busy);
    if (productId !== null)
      recordStockMove(store, { productId, kind: 'adjustment', qty: 1000 * (random.int(21) - 10) || 1000, note: null });
  },
  credit: (store, random, busy) => {
    const customerId = customer(store, random, busy);
    if (customerId !== null)
      recordCredit(store, {
        customerId,
        kind: random.pick(['charge', 'payment']),
        amount: 1 + random.int(900),
        note: null,
      });
  },
  'new product': (store, random) => {
    createProduct(store, {
      sku: `S${random.int(1e6)}`,
      name: text(random) || 'P',
      category: 'coffee',
      unit: 'pc',
      price: random.int(900),
      cost: random.int(900),
    });
  },
  'edit product': (store, random, busy) => {
    const id = product(store, random, busy);
    if (id === null) return;
    const changes = random.pick([
      { price: random.int(900) },
      { name: text(random) || 'P' },
      { cost: random.int(900) },
      { brand: text(random), price: random.int(900) },
      { local_name: text(random) },
      { active: random.int(2) as 0 | 1 },
    ]);
    updateProduct(store, { id, changes });
  },
  'new customer': (store, random) => {
    createCustomer(store, { name: text(random) || 'C', phone: random.chance(0.5) ? text(random) : null });
  },
  'edit customer': (store, random, busy) => {
    const id = customer(store, random, busy);
    if (id === null) return;
    const changes = random.pick([
      { name: text(random) || 'C' },
      { phone: text(random) },
      { note: text(random) },
      { address: text(random), phone: null },
      { credit_limit: random.int(90_000) },
    ]);
    updateCustomer(store, { id, changes });
  },
  visit: (store, random, busy) => {
    const id = customer(store, random, busy);
    if (id === null) return;
    const tags = someTags(random);
    const at = store.now() - random.int(1_000_000);
    store.transaction('operator', (db) => {
      if (random.chance(0.6)) db.run('UPDATE customers SET tags = ? WHERE id = ?', tags, id);
      else
        db.run(
          'UPDATE customers SET last_visit_at = max(coalesce(last_visit_at, 0), ?), first_visit_at = min(coalesce(first_visit_at, ?), ?) WHERE id = ?',
          at,
          at,
          at,
          id,
        );
    });
  },
  'delete customer': (store, random, busy) => {
    const id = customer(store, random, busy);
    if (id !== null) store.transaction('operator', (db) => db.run('DELETE FROM customers WHERE id = ?', id));
  },
  'delete product': (store, random, busy) => {
    const id = product(store, random, busy);
    if (id !== null) store.transaction('operator', (db) => db.run('DELETE FROM products WHERE id = ?', id));
  },
  'edit many': editMany,
  poison,
  resolve,
  undo: (store, random) => {
    const row = conflict(store, random, 'resolved');
    if (row) undoResolution(store, { id: row.id });
  },
  retry: (store, random) => {
    const txn = letter(store, random);
    if (txn !== null) retryTxn(store, txn);
  },
  discard: (store, random) => {
    const txn = letter(store, random);
    if (txn !== null) discardTxn(store, txn);
  },
  restore: (store, random) => {
    const rows = store.read.all<{ txn: number }>('SELECT DISTINCT txn FROM _change_log WHERE state = 5 ORDER BY txn');
    if (rows.length > 0) restoreTxn(store, random.pick(rows).txn);
  },
} as const satisfies Record<string, Act>;

export type ActName = keyof typeof acts;

/** How often each is done, relative to the others: a day as days are, one on which records are edited, one at the counter. */
export const actWeights = {
  mixed: [
    [14, 'sale'],
    [5, 'void'],
    [6, 'stock'],
    [3, 'credit'],
    [3, 'new product'],
    [10, 'edit product'],
    [3, 'new customer'],
    [10, 'edit customer'],
    [4, 'visit'],
    [2, 'delete customer'],
    [1, 'delete product'],
    [2, 'edit many'],
    [3, 'poison'],
    [5, 'resolve'],
    [2, 'undo'],
    [3, 'retry'],
    [3, 'discard'],
    [1, 'restore'],
  ],
  records: [
    [2, 'sale'],
    [1, 'stock'],
    [1, 'new product'],
    [16, 'edit product'],
    [2, 'new customer'],
    [16, 'edit customer'],
    [8, 'visit'],
    [3, 'delete customer'],
    [2, 'delete product'],
    [2, 'edit many'],
    [2, 'poison'],
    [5, 'resolve'],
    [2, 'undo'],
    [2, 'retry'],
    [2, 'discard'],
    [1, 'restore'],
  ],
  counter: [
    [16, 'sale'],
    [12, 'void'],
    [14, 'stock'],
    [4, 'credit'],
    [2, 'edit product'],
    [1, 'poison'],
    [1, 'discard'],
  ],
} as const satisfies Record<string, readonly (readonly [number, ActName])[]>;

export type Day = keyof typeof actWeights;
