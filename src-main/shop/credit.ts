import type { CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { actorOf } from '#main/store/operator.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import { readIdentity } from '#main/store/identity.ts';
import { noteVisit } from './customers.ts';

export type CreditEntry = {
  readonly id: string;
  readonly storeId: string;
  readonly customerId: string;
  readonly kind: 'charge' | 'payment';
  /** Centavos, above zero. */
  readonly amount: number;
  readonly transactionId: string | null;
  readonly at: number;
  readonly note: string | null;
};

/** Writes one line of a customer's list (utang). The balance is the sum of charges less the sum of payments. */
export function insertCreditEntry(db: WritableDb, entry: CreditEntry): void {
  db.run(
    'INSERT INTO credit_entries (id, store_id, customer_id, kind, amount, transaction_id, at, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    entry.id,
    entry.storeId,
    entry.customerId,
    entry.kind,
    entry.amount,
    entry.transactionId,
    entry.at,
    entry.note,
  );
}

/** Records a charge or a payment without a sale. Fails with `not-enrolled`, or `not-found` when this store has no such customer. */
export function recordCredit(store: Store, input: CommandRequest<'credit.record'>): Result<{ id: string }, AppError> {
  const identity = readIdentity(store.read);
  if (identity === null) return fail(appError('not-enrolled'));
  return store.transaction(actorOf(store.read), (db) => {
    if (!isCustomerOf(db, identity.storeId, input.customerId)) return fail(appError('not-found', input.customerId));
    const id = store.newId();
    const at = store.now();
    insertCreditEntry(db, { ...input, id, storeId: identity.storeId, transactionId: null, at });
    if (input.kind === 'payment') noteVisit(db, input.customerId, at);
    return ok({ id });
  });
}

/** Whether the store knows this customer. */
export function isCustomerOf(db: WritableDb, storeId: string, customerId: string): boolean {
  return db.get('SELECT 1 FROM customers WHERE id = ? AND store_id = ?', customerId, storeId) !== undefined;
}
