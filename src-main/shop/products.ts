import { z } from 'zod';
import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import type { Product } from '#shared/contract/schemas.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { actorOf } from '#main/store/operator.ts';
import type { ReadableDb, Store, WritableDb } from '#main/store/types.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { editRow } from './edit-row.ts';
import { likePattern } from './search.ts';

const columns = 'id, sku, name, local_name, brand, category, unit, price, cost, active';
const matches = `(name LIKE ? ESCAPE '\\' OR sku LIKE ? ESCAPE '\\' OR local_name LIKE ? ESCAPE '\\' OR brand LIKE ? ESCAPE '\\')`;

/** Products by name, whose name, local name, brand or sku contains the search. Fails with `bad-input` for a wrong cursor. */
export function listProducts(
  db: ReadableDb,
  input: CommandRequest<'products.list'>,
): Result<CommandOutput<'products.list'>, AppError> {
  const cursor = readCursor(input.cursor, z.tuple([z.string(), z.string()]));
  if (!cursor.ok) return cursor;
  const where = input.search.trim() === '' ? 'true' : matches;
  const search = where === 'true' ? [] : Array.from({ length: 4 }, () => likePattern(input.search));
  const [name, id] = cursor.value ?? ['', ''];
  const rows = db.all<Product>(
    `SELECT ${columns} FROM products WHERE ${where} AND (name COLLATE NOCASE, id) > (?, ?)
     ORDER BY name COLLATE NOCASE, id LIMIT ?`,
    ...search,
    name,
    id,
    input.limit + 1,
  );
  const items = rows.slice(0, input.limit);
  const last = items.at(-1);
  const total = db.get<{ n: number }>(`SELECT count(*) AS n FROM products WHERE ${where}`, ...search)?.n ?? 0;
  return ok({ items, total, next: last && rows.length > input.limit ? writeCursor([last.name, last.id]) : null });
}

/** Adds a product to the catalogue. Fails with `bad-input` when the sku is taken. */
export function createProduct(
  store: Store,
  input: CommandRequest<'products.create'>,
): Result<{ id: string }, AppError> {
  return store.transaction(actorOf(store.read), (db) => {
    if (db.get('SELECT 1 FROM products WHERE sku = ?', input.sku)) return fail(appError('bad-input', 'sku'));
    const id = store.newId();
    insertProduct(db, { ...input, id, local_name: null, brand: null, active: 1 });
    return ok({ id });
  });
}

/** Writes a new product. */
export function insertProduct(db: WritableDb, product: Product): void {
  const { id, sku, name, local_name: localName, brand, category, unit, price, cost, active } = product;
  db.run(
    `INSERT INTO products (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    sku,
    name,
    localName,
    brand,
    category,
    unit,
    price,
    cost,
    active,
  );
}

/**
 * Changes only the given fields; a product that has these values already is left alone. Fails with `not-found`, and `bad-input`
 * for an empty name, sku, category or unit, a negative price or cost, a sku that another product has, or `active` beside 0 and 1.
 */
export function updateProduct(
  store: Store,
  { id, changes }: CommandRequest<'products.update'>,
): Result<Record<string, never>, AppError> {
  const wrong = wrongField(changes);
  if (wrong !== null) return fail(appError('bad-input', wrong));
  const { sku } = changes;
  if (sku !== undefined && store.read.get('SELECT 1 FROM products WHERE sku = ? AND id <> ?', sku, id)) {
    return fail(appError('bad-input', 'sku'));
  }
  return editRow(store, 'products', id, changes);
}

function wrongField(changes: CommandRequest<'products.update'>['changes']): string | null {
  for (const field of ['sku', 'name', 'category', 'unit'] as const) if (changes[field]?.trim() === '') return field;
  for (const field of ['price', 'cost'] as const) if ((changes[field] ?? 0) < 0) return field;
  return changes.active === undefined || changes.active === 0 || changes.active === 1 ? null : 'active';
}
