import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { actorOf } from '#main/store/operator.ts';
import type { Identity, ReadableDb, Store, WritableDb } from '#main/store/types.ts';
import { readIdentity } from '#main/store/identity.ts';
import { insertCreditEntry, isCustomerOf } from './credit.ts';
import { noteVisit } from './customers.ts';
import { derivedId } from './derived-id.ts';
import { lineTotal } from './money.ts';
import { insertSale, type SaleItem } from './sale-rows.ts';
import { moveStock } from './stock.ts';

type Recorded = CommandOutput<'sales.record'>;

/**
 * Records a sale at this counter as one local transaction: the sale, its lines, the stock that left, and the charge when it
 * is paid by credit, and that the customer was here. Prices are those of the catalogue now; the total is in centavos. Receipt numbers have no gaps.
 * A key that this PC used before answers the sale of that time. Fails with `not-enrolled`, `not-found` (product or customer, named in `detail`),
 * `bad-input` (credit without a customer, total out of range, a key that belongs to another sale). `actor` is whoever is signed in unless told.
 */
export function recordSale(
  store: Store,
  input: CommandRequest<'sales.record'>,
  actor: string = actorOf(store.read),
): Result<Recorded, AppError> {
  const identity = readIdentity(store.read);
  if (identity === null) return fail(appError('not-enrolled'));
  if (input.payment === 'credit' && input.customerId === null) return fail(appError('bad-input', 'customerId'));
  const id = input.key === undefined ? store.newId() : derivedId('keyed-sale', identity.deviceId, input.key);
  if (input.key !== undefined) {
    const before = earlierSale(store.read, id, input);
    if (before !== null) return before;
  }
  return store.transaction(actor, (db) => {
    if (input.customerId !== null && !isCustomerOf(db, identity.storeId, input.customerId)) {
      return fail(appError('not-found', input.customerId));
    }
    const items = priceItems(store, db, input.items);
    return items.ok ? ok(writeSale(store, db, identity, id, input, items.value)) : items;
  });
}

/** The sale that a key was used for; a failure when that was another one; null when there is none. */
function earlierSale(
  db: ReadableDb,
  id: string,
  input: CommandRequest<'sales.record'>,
): Result<Recorded, AppError> | null {
  const sale = db.get<Recorded & { payment: string; customer: string | null }>(
    'SELECT id, number, total, payment, customer_id AS customer FROM transactions WHERE id = ?',
    id,
  );
  if (sale === undefined) return null;
  const lines = db.all<{ product: string; qty: number }>(
    'SELECT product_id AS product, qty FROM transaction_items WHERE transaction_id = ? ORDER BY line_no',
    id,
  );
  const same =
    sale.payment === input.payment &&
    sale.customer === input.customerId &&
    lines.length === input.items.length &&
    lines.every(({ product, qty }, i) => product === input.items[i]?.productId && qty === input.items[i]?.qty);
  return same ? ok({ id, number: sale.number, total: sale.total }) : fail(appError('bad-input', 'key'));
}

function priceItems(
  store: Store,
  db: WritableDb,
  wanted: CommandRequest<'sales.record'>['items'],
): Result<SaleItem[], AppError> {
  const items: SaleItem[] = [];
  let total = 0;
  for (const { productId, qty, substitutedFrom, substitutionReason } of wanted) {
    if (substitutedFrom !== undefined && !db.get('SELECT 1 FROM products WHERE id = ?', substitutedFrom)) {
      return fail(appError('not-found', substitutedFrom));
    }
    if (substitutedFrom === productId) return fail(appError('bad-input', 'substitutedFrom'));
    const product = db.get<{ unit: string; price: number }>('SELECT unit, price FROM products WHERE id = ?', productId);
    if (product === undefined) return fail(appError('not-found', productId));
    if (BigInt(qty) * BigInt(product.price) > maxTotal * 1000n) return fail(appError('bad-input', 'qty'));
    const line = lineTotal(qty, product.price);
    total += line;
    items.push({
      id: store.newId(),
      productId,
      qty,
      unit: product.unit,
      unitPrice: product.price,
      lineTotal: line,
      substitutedFrom: substitutedFrom ?? null,
      substitutionReason: substitutedFrom === undefined ? null : (substitutionReason ?? 'unknown'),
    });
  }
  return total > Number(maxTotal) ? fail(appError('bad-input', 'total')) : ok(items);
}

/** Ten million pesos: far above any sale, far below what sums could lose. */
const maxTotal = 1_000_000_000n;

function writeSale(
  store: Store,
  db: WritableDb,
  identity: Identity,
  id: string,
  input: CommandRequest<'sales.record'>,
  items: SaleItem[],
): Recorded {
  const { deviceId, storeId } = identity;
  const at = store.now();
  const number = nextReceiptNumber(db, identity);
  const { payment, customerId } = input;
  const total = insertSale(db, {
    id,
    storeId,
    deviceId,
    number,
    startedAt: at,
    endedAt: at,
    payment,
    customerId,
    items,
    ...(input.requestMode === undefined ? {} : { requestMode: input.requestMode }),
    ...(input.requestType === undefined ? {} : { requestType: input.requestType }),
    ...(input.suggestion === undefined ? {} : { suggestion: input.suggestion }),
  });
  for (const { productId, qty } of items) {
    moveStock(db, {
      id: store.newId(),
      storeId,
      productId,
      kind: 'sale',
      qty: -qty,
      transactionId: id,
      at,
      note: null,
    });
  }
  if (payment === 'credit' && customerId !== null && total > 0) {
    const charge = { id: store.newId(), storeId, customerId, amount: total, transactionId: id, at, note: null };
    insertCreditEntry(db, { ...charge, kind: 'charge' });
  }
  if (customerId !== null) noteVisit(db, customerId, at);
  return { id, number, total };
}

/** The next receipt number of this PC, e.g. "2-000123". A new store file goes on after the sales it finds of this PC. */
export function nextReceiptNumber(db: WritableDb, { deviceId, counter }: Identity): string {
  const known = db.get<{ last: number }>('SELECT last FROM _receipt_numbers WHERE device_id = ?', deviceId);
  const last = known?.last ?? highestNumber(db, deviceId);
  db.run(
    'INSERT INTO _receipt_numbers (device_id, last) VALUES (?, ?) ON CONFLICT (device_id) DO UPDATE SET last = excluded.last',
    deviceId,
    last + 1,
  );
  return `${counter}-${String(last + 1).padStart(6, '0')}`;
}

function highestNumber(db: WritableDb, deviceId: string): number {
  const row = db.get<{ last: number | null }>(
    `SELECT max(CAST(substr(number, instr(number, '-') + 1) AS INTEGER)) AS last FROM transactions WHERE device_id = ?`,
    deviceId,
  );
  return row?.last ?? 0;
}

type Voidable = { store_id: string; customer_id: string | null; voided_at: number | null };

/**
 * Takes a sale back: it stays with its lines and the reason, the stock it took returns, and a charge is paid back. Ids of what is
 * written follow from the sale, so that two PCs voiding it do not write it twice. Imported sales took no stock, so none returns.
 * Fails with `not-found`, and with `moved-on` when it was voided already.
 */
export function voidSale(
  store: Store,
  input: CommandRequest<'sales.void'>,
  actor: string = actorOf(store.read),
): Result<Record<string, never>, AppError> {
  return store.transaction(actor, (db) => {
    const sale = db.get<Voidable>('SELECT store_id, customer_id, voided_at FROM transactions WHERE id = ?', input.id);
    if (sale === undefined) return fail(appError('not-found', input.id));
    if (sale.voided_at !== null) return fail(appError('moved-on', input.id));
    const at = store.now();
    db.run('UPDATE transactions SET voided_at = ?, void_reason = ? WHERE id = ?', at, input.reason, input.id);
    returnStock(db, input.id, at);
    returnCharge(db, input.id, at);
    return ok({});
  });
}

function returnStock(db: WritableDb, saleId: string, at: number): void {
  const taken = db.all<{ id: string; store_id: string; product_id: string; qty: number }>(
    `SELECT id, store_id, product_id, qty FROM stock_movements WHERE transaction_id = ? AND kind = 'sale' ORDER BY id`,
    saleId,
  );
  for (const movement of taken) {
    moveStock(db, {
      id: derivedId('void', movement.id),
      storeId: movement.store_id,
      productId: movement.product_id,
      kind: 'adjustment',
      qty: -movement.qty,
      transactionId: saleId,
      at,
      note: 'void',
    });
  }
}

function returnCharge(db: WritableDb, saleId: string, at: number): void {
  const charges = db.all<{ id: string; store_id: string; customer_id: string; amount: number }>(
    `SELECT id, store_id, customer_id, amount FROM credit_entries WHERE transaction_id = ? AND kind = 'charge'`,
    saleId,
  );
  for (const { id, store_id: storeId, customer_id: customerId, amount } of charges) {
    const back = { id: derivedId('void', id), storeId, customerId, amount, transactionId: saleId, at, note: 'void' };
    insertCreditEntry(db, { ...back, kind: 'payment' });
  }
}
