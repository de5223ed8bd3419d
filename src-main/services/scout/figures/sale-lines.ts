import type { ReadableDb } from '#main/store/types.ts';
import type { Span } from '../periods.ts';

/** A line of a sale that stands: money in centavos, quantity in thousandths. `sale` numbers sales, only to tell them apart. */
export type SaleLine = readonly [sale: number, at: number, product: string, qty: number, total: number];

/*
 * By time, then line by line: for each sale of the span its lines are next to each other. The order of the tables is written down because the
 * planner, which knows nothing of the span's length, might begin with the lines.
 */
const linesSql = `
  SELECT t.rowid, t.started_at, i.product_id, i.qty, i.line_total
  FROM transactions t INDEXED BY transactions_store_time CROSS JOIN transaction_items i ON i.transaction_id = t.id
  WHERE t.store_id = ? AND t.started_at >= ? AND t.started_at < ? AND t.voided_at IS NULL
  ORDER BY t.started_at`;

/** The lines of the sales of a store in a span, voided sales left out. For spans of a day or so: all of them are in memory at once. */
export function saleLines(db: ReadableDb, storeId: string, { since, until }: Span): SaleLine[] {
  return db.tuples<SaleLine>(linesSql, storeId, since, until);
}

/** Names of products by id. */
export function productNames(
  db: ReadableDb,
): Map<
  string,
  { readonly name: string; readonly category: string; readonly brand: string | null; readonly unit: string }
> {
  const rows = db.tuples<[string, string, string, string | null, string]>(
    'SELECT id, name, category, brand, unit FROM products',
  );
  return new Map(rows.map(([id, name, category, brand, unit]) => [id, { name, category, brand, unit }]));
}

/** What a product that is not here any more is called. */
export const unknownProduct = {
  name: 'A product that is not in the catalogue',
  category: 'unknown',
  brand: null,
  unit: 'pc',
};
