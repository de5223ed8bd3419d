import { z } from 'zod';
import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { setOf, setText } from '#shared/sync/merge.ts';
import { actorOf } from '#main/store/operator.ts';
import type { ReadableDb, Store, WritableDb } from '#main/store/types.ts';
import { readIdentity } from '#main/store/identity.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { editRow } from './edit-row.ts';
import { likePattern } from './search.ts';

type Page = CommandOutput<'customers.list'>;
type Customer = Page['items'][number];
type CustomerRow = Omit<Customer, 'tags'> & { readonly tags: string | null };
/** What a new customer is written with. */
export type NewCustomer = Omit<Customer, 'tags' | 'first_visit_at' | 'last_visit_at'>;

const matches = `(name LIKE ? ESCAPE '\\' OR phone LIKE ? ESCAPE '\\')`;

/** Customers of this store by name, whose name or phone contains the search. Fails with `bad-input` for a wrong cursor. */
export function listCustomers(db: ReadableDb, input: CommandRequest<'customers.list'>): Result<Page, AppError> {
  const cursor = readCursor(input.cursor, z.tuple([z.string(), z.string()]));
  if (!cursor.ok) return cursor;
  const storeId = readIdentity(db)?.storeId ?? '';
  const where = input.search.trim() === '' ? 'true' : matches;
  const search = where === 'true' ? [] : Array.from({ length: 2 }, () => likePattern(input.search));
  const [name, id] = cursor.value ?? ['', ''];
  const rows = db.all<CustomerRow>(
    `SELECT id, name, phone, address, credit_limit, note, tags, first_visit_at, last_visit_at FROM customers
     WHERE store_id = ? AND ${where} AND (name COLLATE NOCASE, id) > (?, ?) ORDER BY name COLLATE NOCASE, id LIMIT ?`,
    storeId,
    ...search,
    name,
    id,
    input.limit + 1,
  );
  const items = rows.slice(0, input.limit).map((one) => ({ ...one, tags: [...setOf(one.tags)] }));
  const last = items.at(-1);
  const count = db.get<{ n: number }>(
    `SELECT count(*) AS n FROM customers WHERE store_id = ? AND ${where}`,
    storeId,
    ...search,
  );
  return ok({
    items,
    total: count?.n ?? 0,
    next: last && rows.length > input.limit ? writeCursor([last.name, last.id]) : null,
  });
}

/** Adds a customer (suki) of this store. Fails with `not-enrolled`. */
export function createCustomer(
  store: Store,
  input: CommandRequest<'customers.create'>,
): Result<{ id: string }, AppError> {
  const identity = readIdentity(store.read);
  if (identity === null) return fail(appError('not-enrolled'));
  const id = store.newId();
  const customer = { id, name: input.name, phone: input.phone, address: null, credit_limit: 0, note: null };
  store.transaction(actorOf(store.read), (db) => insertCustomer(db, identity.storeId, customer));
  return ok({ id });
}

/** Writes a new customer of a store. */
export function insertCustomer(db: WritableDb, storeId: string, customer: NewCustomer): void {
  const { id, name, phone, address, credit_limit: creditLimit, note } = customer;
  db.run(
    'INSERT INTO customers (id, store_id, name, phone, address, credit_limit, note) VALUES (?, ?, ?, ?, ?, ?, ?)',
    id,
    storeId,
    name,
    phone,
    address,
    creditLimit,
    note,
  );
}

/**
 * Changes only the given fields; a customer who has these values already is left alone. Fails with `not-found`, and
 * `bad-input` for an empty name or a negative limit.
 */
export function updateCustomer(
  store: Store,
  { id, changes }: CommandRequest<'customers.update'>,
): Result<Record<string, never>, AppError> {
  if (changes.name?.trim() === '') return fail(appError('bad-input', 'name'));
  if ((changes.credit_limit ?? 0) < 0) return fail(appError('bad-input', 'credit_limit'));
  const { tags, ...others } = changes;
  return editRow(store, 'customers', id, { ...others, tags: tags && setText(tags) });
}

/** Notes that a customer was here: the first and the last visit, whatever the order in which PCs tell of them. */
export function noteVisit(db: WritableDb, customerId: string, at: number): void {
  db.run(
    `UPDATE customers SET first_visit_at = min(coalesce(first_visit_at, ?), ?), last_visit_at = max(coalesce(last_visit_at, ?), ?)
     WHERE id = ?`,
    at,
    at,
    at,
    at,
    customerId,
  );
}
