import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { actorOf } from '#main/store/operator.ts';
import type { Identity, Store, WritableDb } from '#main/store/types.ts';
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
 * Fails with `not-enrolled`, `not-found` (product or customer, named in `detail`), `bad-input` (credit without a customer, total out of range).
 */
export function recordSale(store: Store, input: CommandRequest<'sales.record'>): Result<Recorded, AppError> {
  const identity = readIdentity(store.read);
  if (identity === null) return fail(appError('not-enrolled'));
  if (input.payment === 'credit' && input.customerId === null) return fail(appError('bad-input', 'customerId'));
  return store.transaction(actorOf(store.read), (db) => {
    if (input.customerId !== null && !isCustomerOf(db, identity.storeId, input.customerId)) {
      return fail(appError('not-found', input.customerId));
    }
    const items = priceItems(store, db, input.items);
    return items.ok ? ok(writeSale(store, db, identity, input, items.value)) : items;
  });
}

function priceItems(
  store: Store,
  db: WritableDb,
  wanted: CommandRequest<'sales.record'>['items'],
): Result<SaleItem[], AppError> {
  const items: SaleItem[] = [];
  let total = 0;
  for (const { productId, qty } of wanted) {
    const product = db.get<{ unit: string; price: number }>('SELECT unit, price FROM products WHERE id = ?', productId);
    if (product === undefined) return fail(appError('not-found', productId));
    if (BigInt(qty) * BigInt(product.price) > maxTotal * 1000n) return fail(appError('bad-input', 'qty'));
    const line = lineTotal(qty, product.price);
    total += line;
    items.push({ id: store.newId(), productId, qty, unit: product.unit, unitPrice: product.price, lineTotal: line });
  }
  return total > Number(maxTotal) ? fail(appError('bad-input', 'total')) : ok(items);
}

/** Ten million pesos: far above any sale, far below what sums could lose. */
const maxTotal = 1_000_000_000n;

function writeSale(
  store: Store,
  db: WritableDb,
  identity: Identity,
  input: CommandRequest<'sales.record'>,
  items: SaleItem[],
): Recorded {
  const { deviceId, storeId } = identity;
  const id = store.newId();
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
export function voidSale(store: Store, input: CommandRequest<'sales.void'>): Result<Record<string, never>, AppError> {
  return store.transaction(actorOf(store.read), (db) => {
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
