import type { SqlValue, Store, WritableDb } from '#main/store/types.ts';
import { readIdentity } from '#main/store/identity.ts';

/** Columns of the rows that are written for measuring, in the order of `saleRows`. */
export const saleColumns =
  'id, store_id, device_id, number, started_at, ended_at, payment, customer_id, customer_type, request_mode, request_type, suggestion, total, voided_at, void_reason';
export const itemColumns =
  'id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total, substituted_from, substitution_reason';

/** The values of one sale and its lines, shaped like real ones. */
export function saleRows(
  store: Store,
  products: readonly string[],
  index: number,
): { sale: SqlValue[]; items: SqlValue[][] } {
  const { storeId, deviceId } = readIdentity(store.read) ?? { storeId: 'none', deviceId: 'none' };
  const id = store.newId();
  const at = 1_790_000_000_000 + index * 1000;
  const lines = 1 + (index % 7);
  const items = Array.from({ length: lines }, (_, line): SqlValue[] => {
    const product = products[(index + line * 13) % products.length] ?? '';
    return [store.newId(), storeId, id, line + 1, product, 1000, 'pc', 1450, 1450, null, null];
  });
  const number = `1-${String(index).padStart(6, '0')}`;
  return {
    sale: [
      id,
      storeId,
      deviceId,
      number,
      at,
      at + 30_000,
      'cash',
      null,
      'regular',
      'verbal',
      'branded',
      'none',
      lines * 1450,
      null,
      null,
    ],
    items,
  };
}

/** Writes one sale with its lines inside a transaction. */
export function writeSale(db: WritableDb, { sale, items }: ReturnType<typeof saleRows>): void {
  db.run(`INSERT INTO transactions (${saleColumns}) VALUES (${marks(sale)})`, ...sale);
  for (const item of items) db.run(`INSERT INTO transaction_items (${itemColumns}) VALUES (${marks(item)})`, ...item);
}

/** Writes products and answers their ids. */
export function writeProducts(store: Store, count: number): string[] {
  const ids = Array.from({ length: count }, () => store.newId());
  store.transaction('bench', (db) =>
    ids.forEach((id, i) =>
      db.run(
        `INSERT INTO products (id, sku, name, category, unit, price, cost, active) VALUES (?, ?, ?, 'snacks', 'pc', 1450, 1000, 1)`,
        id,
        `SKU-${i}`,
        `Product ${i}`,
      ),
    ),
  );
  return ids;
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
