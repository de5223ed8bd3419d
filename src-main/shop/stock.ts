import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { actorOf } from '#main/store/operator.ts';
import type { ReadableDb, Store, WritableDb } from '#main/store/types.ts';
import { readIdentity } from '#main/store/identity.ts';
import { stockLevelId } from './derived-id.ts';

export type Movement = {
  readonly id: string;
  readonly storeId: string;
  readonly productId: string;
  readonly kind: 'delivery' | 'sale' | 'adjustment' | 'spoilage' | 'count';
  /** Signed thousandths of the unit. */
  readonly qty: number;
  readonly transactionId: string | null;
  readonly at: number;
  readonly note: string | null;
};

/** Writes a movement and adds it to the level of the product; the level appears with its first movement. */
export function moveStock(db: WritableDb, movement: Movement): void {
  const { id, storeId, productId, kind, qty, transactionId, at, note } = movement;
  db.run(
    `INSERT INTO stock_movements (id, store_id, product_id, kind, qty, transaction_id, at, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    storeId,
    productId,
    kind,
    qty,
    transactionId,
    at,
    note,
  );
  const level = stockLevelId(storeId, productId);
  if (db.run('UPDATE stock_levels SET qty = qty + ? WHERE id = ?', qty, level).changes === 0) {
    db.run(
      'INSERT INTO stock_levels (id, store_id, product_id, qty) VALUES (?, ?, ?, ?)',
      level,
      storeId,
      productId,
      qty,
    );
  }
}

/**
 * Changes the stock of a product by `qty` thousandths (signed). Fails with `not-enrolled`, `not-found`, and `bad-input` for a
 * delivery that takes away, spoilage that adds, or a change of nothing.
 */
export function recordStockMove(
  store: Store,
  input: CommandRequest<'stock.move'>,
): Result<Record<string, never>, AppError> {
  const identity = readIdentity(store.read);
  if (identity === null) return fail(appError('not-enrolled'));
  if (input.qty === 0 || (input.kind === 'delivery' && input.qty < 0) || (input.kind === 'spoilage' && input.qty > 0)) {
    return fail(appError('bad-input', 'qty'));
  }
  return store.transaction(actorOf(store.read), (db) => {
    if (!db.get('SELECT 1 FROM products WHERE id = ?', input.productId))
      return fail(appError('not-found', input.productId));
    moveStock(db, { ...input, id: store.newId(), storeId: identity.storeId, transactionId: null, at: store.now() });
    return ok({});
  });
}

/** Stock of the products asked for, in thousandths; 0 for a product that never moved. */
export function listStock(db: ReadableDb, input: CommandRequest<'stock.list'>): CommandOutput<'stock.list'> {
  const storeId = readIdentity(db)?.storeId ?? '';
  const items = input.productIds.map((productId) => {
    const row = db.get<{ qty: number | null }>(
      'SELECT sum(qty) AS qty FROM stock_levels WHERE store_id = ? AND product_id = ?',
      storeId,
      productId,
    );
    return { productId, qty: row?.qty ?? 0 };
  });
  return { items };
}
