import type { WritableDb } from '#main/store/types.ts';

export type SaleItem = {
  readonly id: string;
  readonly productId: string;
  /** Thousandths of the unit. */
  readonly qty: number;
  readonly unit: string;
  /** Centavos. */
  readonly unitPrice: number;
  /** Centavos. */
  readonly lineTotal: number;
  /** The product that was asked for, where another one was given, and why. */
  readonly substitutedFrom?: string | null;
  readonly substitutionReason?: string | null;
};

/** A sale as it is about to be written; its total is the sum of its lines. Times in ms UTC. */
export type SaleDraft = {
  readonly id: string;
  readonly storeId: string;
  /** The PC that made the sale; null when it was made elsewhere, e.g. imported. */
  readonly deviceId: string | null;
  readonly number: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly payment: string;
  readonly customerId: string | null;
  readonly items: readonly SaleItem[];
  /** How it was asked for; unknown unless somebody looked. */
  readonly requestMode?: string;
  readonly requestType?: string;
  readonly suggestion?: string;
};

/** Writes a sale and its lines, nothing else: neither stock nor credit. Returns the total in centavos. */
export function insertSale(db: WritableDb, sale: SaleDraft): number {
  const total = sale.items.reduce((sum, item) => sum + item.lineTotal, 0);
  db.run(
    `INSERT INTO transactions (id, store_id, device_id, number, started_at, ended_at, payment, customer_id, customer_type,
       request_mode, request_type, suggestion, total) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    sale.id,
    sale.storeId,
    sale.deviceId,
    sale.number,
    sale.startedAt,
    sale.endedAt,
    sale.payment,
    sale.customerId,
    sale.customerId === null ? 'unknown' : 'regular',
    sale.requestMode ?? 'unknown',
    sale.requestType ?? 'unknown',
    sale.suggestion ?? 'none',
    total,
  );
  sale.items.forEach((item, index) => insertItem(db, sale, item, index + 1));
  return total;
}

function insertItem(db: WritableDb, sale: SaleDraft, item: SaleItem, lineNo: number): void {
  db.run(
    `INSERT INTO transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total, substituted_from,
       substitution_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    item.id,
    sale.storeId,
    sale.id,
    lineNo,
    item.productId,
    item.qty,
    item.unit,
    item.unitPrice,
    item.lineTotal,
    item.substitutedFrom ?? null,
    item.substitutionReason ?? null,
  );
}
