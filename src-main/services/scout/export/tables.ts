import type { ReadableDb, SqlValue } from '#main/store/types.ts';
import { daySpans, type Span } from '../periods.ts';

export const exportTables = ['sales', 'sale_lines', 'products', 'customers', 'credit', 'stock', 'notes'] as const;
export type ExportTable = (typeof exportTables)[number];

/** How a cell is written: money comes in centavos, quantities in thousandths, times in ms UTC and are shown as in Manila. */
export type CellKind = 'text' | 'number' | 'money' | 'qty' | 'time';

export type Row = readonly SqlValue[];

export type ExportSource = {
  readonly columns: readonly { readonly header: string; readonly kind: CellKind }[];
  /** Rows in slices of some thousands. */
  slices(db: ReadableDb, storeId: string, span: Span): Iterable<readonly Row[]>;
};

const column = (header: string, kind: CellKind = 'text') => ({ header, kind });

function* byDay(db: ReadableDb, storeId: string, span: Span, sql: string): Generator<readonly Row[]> {
  for (const { since, until } of daySpans(span)) yield db.tuples<Row>(sql, storeId, since, until);
}

function* whole(db: ReadableDb, sql: string, ...params: SqlValue[]): Generator<readonly Row[]> {
  yield db.tuples<Row>(sql, ...params);
}

/** What can be exported: of one store, and for what has a time, of a span. */
export const sources: Readonly<Record<ExportTable, ExportSource>> = {
  sales: {
    columns: [
      column('number'),
      column('time', 'time'),
      column('payment'),
      column('customer'),
      column('asked'),
      column('kind of request'),
      column('suggestion'),
      column('total', 'money'),
      column('voided', 'time'),
      column('why voided'),
    ],
    slices: (db, storeId, span) =>
      byDay(
        db,
        storeId,
        span,
        `SELECT t.number, t.started_at, t.payment, c.name, t.request_mode, t.request_type, t.suggestion, t.total, t.voided_at, t.void_reason
         FROM transactions t LEFT JOIN customers c ON c.id = t.customer_id
         WHERE t.store_id = ? AND t.started_at >= ? AND t.started_at < ? ORDER BY t.started_at, t.id`,
      ),
  },
  sale_lines: {
    columns: [
      column('number'),
      column('time', 'time'),
      column('line', 'number'),
      column('sku'),
      column('product'),
      column('quantity', 'qty'),
      column('unit'),
      column('price', 'money'),
      column('total', 'money'),
      column('instead of'),
      column('reason'),
      column('voided', 'time'),
    ],
    slices: (db, storeId, span) =>
      byDay(
        db,
        storeId,
        span,
        `SELECT t.number, t.started_at, i.line_no, p.sku, p.name, i.qty, i.unit, i.unit_price, i.line_total, o.name, i.substitution_reason, t.voided_at
         FROM transactions t CROSS JOIN transaction_items i ON i.transaction_id = t.id LEFT JOIN products p ON p.id = i.product_id
         LEFT JOIN products o ON o.id = i.substituted_from
         WHERE t.store_id = ? AND t.started_at >= ? AND t.started_at < ? ORDER BY t.started_at, t.id, i.line_no`,
      ),
  },
  products: {
    columns: [
      column('sku'),
      column('name'),
      column('local name'),
      column('brand'),
      column('category'),
      column('unit'),
      column('price', 'money'),
      column('cost', 'money'),
      column('active', 'number'),
    ],
    slices: (db) =>
      whole(
        db,
        'SELECT sku, name, local_name, brand, category, unit, price, cost, active FROM products ORDER BY name COLLATE NOCASE, id',
      ),
  },
  customers: {
    columns: [
      column('name'),
      column('phone'),
      column('address'),
      column('credit limit', 'money'),
      column('last visit', 'time'),
    ],
    slices: (db, storeId) =>
      whole(
        db,
        'SELECT name, phone, address, credit_limit, last_visit_at FROM customers WHERE store_id = ? ORDER BY name COLLATE NOCASE, id',
        storeId,
      ),
  },
  credit: {
    columns: [
      column('customer'),
      column('time', 'time'),
      column('kind'),
      column('amount', 'money'),
      column('sale'),
      column('note'),
    ],
    slices: (db, storeId, { since, until }) =>
      whole(
        db,
        `SELECT c.name, e.at, e.kind, e.amount, t.number, e.note FROM credit_entries e LEFT JOIN customers c ON c.id = e.customer_id
         LEFT JOIN transactions t ON t.id = e.transaction_id WHERE e.store_id = ? AND e.at >= ? AND e.at < ? ORDER BY e.at, e.id`,
        storeId,
        since,
        until,
      ),
  },
  stock: {
    columns: [column('sku'), column('product'), column('category'), column('on hand', 'qty'), column('unit')],
    slices: (db, storeId) =>
      whole(
        db,
        `SELECT p.sku, p.name, p.category, coalesce(sum(l.qty), 0), p.unit FROM products p
         LEFT JOIN stock_levels l ON l.product_id = p.id AND l.store_id = ? GROUP BY p.id ORDER BY p.name COLLATE NOCASE, p.id`,
        storeId,
      ),
  },
  notes: {
    columns: [
      column('time', 'time'),
      column('region'),
      column('brand'),
      column('language'),
      column('text'),
      column('sale'),
    ],
    slices: (db, storeId, span) =>
      byDay(
        db,
        storeId,
        span,
        `SELECT n.at, n.region, n.brand, n.language, n.text, t.number FROM transcripts n LEFT JOIN transactions t ON t.id = n.transaction_id
         WHERE n.store_id = ? AND n.at >= ? AND n.at < ? ORDER BY n.at, n.id`,
      ),
  },
};
