import { isTableName, type TableName } from '#shared/register.ts';
import type { ReadableDb } from '#main/store/types.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * What a person calls a record, e.g. "Sale 1-000123, 3 lines" or "Stock of Kape 25 g". `known` are values of the record from
 * elsewhere (the change log) and used where the record itself is gone; for a sale also `lines`, their number.
 */
export function recordTitle(db: ReadableDb, table: string, id: string, known: Values = {}): string {
  if (!isTableName(table)) return table;
  const row = { ...known, ...db.get<Values>(`SELECT * FROM ${table} WHERE id = ?`, id) };
  return titles[table](db, row, id);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function nameOf(db: ReadableDb, table: 'products' | 'customers' | 'transactions', id: unknown): string | null {
  if (typeof id !== 'string') return null;
  const column = table === 'transactions' ? 'number' : 'name';
  return text(db.get<{ name: string }>(`SELECT ${column} AS name FROM ${table} WHERE id = ?`, id)?.name);
}

function saleTitle(db: ReadableDb, row: Values, id: string): string {
  const here =
    db.get<{ n: number }>('SELECT count(*) AS n FROM transaction_items WHERE transaction_id = ?', id)?.n ?? 0;
  const lines = here > 0 ? here : Number(row['lines'] ?? 0);
  return `Sale ${text(row['number']) ?? 'without number'}, ${lines} ${lines === 1 ? 'line' : 'lines'}`;
}

function lineTitle(db: ReadableDb, row: Values): string {
  const product = nameOf(db, 'products', row['product_id']) ?? 'a product';
  const sale = nameOf(db, 'transactions', row['transaction_id']);
  return sale === null ? `Line of ${product}` : `${product} in sale ${sale}`;
}

function shortened(note: string): string {
  return note.length > 40 ? `${note.slice(0, 39)}…` : note;
}

const movementWords: Readonly<Record<string, string>> = {
  delivery: 'Delivery of',
  sale: 'Sale of',
  adjustment: 'Adjustment of',
  spoilage: 'Spoilage of',
  count: 'Count of',
};

const titles: Readonly<Record<TableName, (db: ReadableDb, row: Values, id: string) => string>> = {
  stores: (_db, row) => text(row['name']) ?? 'A store',
  devices: (_db, row) => text(row['name']) ?? 'A PC',
  products: (_db, row) => text(row['name']) ?? text(row['sku']) ?? 'A product',
  customers: (_db, row) => text(row['name']) ?? 'A customer',
  transactions: saleTitle,
  transaction_items: lineTitle,
  stock_movements: (db, row) =>
    `${movementWords[String(row['kind'])] ?? 'Movement of'} ${nameOf(db, 'products', row['product_id']) ?? 'a product'}`,
  stock_levels: (db, row) => `Stock of ${nameOf(db, 'products', row['product_id']) ?? 'a product'}`,
  credit_entries: (db, row) => `Credit of ${nameOf(db, 'customers', row['customer_id']) ?? 'a customer'}`,
  transcripts: (_db, row) => `Note “${shortened(text(row['text']) ?? '')}”`,
  conflicts: (db, row) => {
    const [table, id] = [text(row['table_name']), text(row['row_id'])];
    return `Decision about ${table !== null && table !== 'conflicts' && id !== null ? recordTitle(db, table, id) : 'a record'}`;
  },
};
