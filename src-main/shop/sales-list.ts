import { z } from 'zod';
import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { payment } from '#shared/contract/schemas.ts';
import { ok, type Result } from '#shared/result.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { readIdentity } from '#main/store/identity.ts';
import { readCursor, writeCursor } from './cursor.ts';

type Page = CommandOutput<'sales.list'>;
type SaleRow = {
  id: string;
  number: string;
  at: number;
  total: number;
  payment: string;
  voidedAt: number | null;
  lines: number;
  /** Highest state of what still travels of this sale; null when the cloud has confirmed all of it. */
  open: number | null;
};

const listSql = `
  SELECT t.id, t.number, t.started_at AS at, t.total, t.payment, t.voided_at AS voidedAt,
    (SELECT count(*) FROM transaction_items i WHERE i.transaction_id = t.id) AS lines,
    (SELECT max(l.state) FROM _change_log l WHERE l.table_name = 'transactions' AND l.row_id = t.id AND l.state < 4) AS open
  FROM transactions t
  WHERE t.store_id = ? AND t.started_at <= ? AND (t.started_at < ? OR t.id < ?)
  ORDER BY t.started_at DESC, t.id DESC LIMIT ?`;

/* Nearly all sales of a PC are of its own store: all of them less the few others is counted much quicker than the many. */
const countSql = `
  SELECT (SELECT count(*) FROM transactions) - (SELECT count(*) FROM transactions WHERE store_id < ?)
    - (SELECT count(*) FROM transactions WHERE store_id > ?) AS n`;

/** Sales of this store, newest first, each with its journey to the cloud. Fails with `bad-input` for a wrong cursor. */
export function listSales(db: ReadableDb, input: CommandRequest<'sales.list'>): Result<Page, AppError> {
  const cursor = readCursor(input.cursor, z.tuple([z.number(), z.string()]));
  if (!cursor.ok) return cursor;
  const storeId = readIdentity(db)?.storeId ?? '';
  const [at, id] = cursor.value ?? [Number.MAX_SAFE_INTEGER, ''];
  const rows = db.all<SaleRow>(listSql, storeId, at, at, id, input.limit + 1);
  const items = rows.slice(0, input.limit);
  const last = items.at(-1);
  const total = db.get<{ n: number }>(countSql, storeId, storeId)?.n ?? 0;
  return ok({
    items: items.map(({ open, ...row }) => ({ ...row, payment: knownPayment(row.payment), journey: journeyOf(open) })),
    total,
    next: last && rows.length > input.limit ? writeCursor([last.at, last.id]) : null,
  });
}

function journeyOf(open: number | null): 'saved' | 'confirmed' | 'refused' {
  if (open === null) return 'confirmed';
  return open >= 2 ? 'refused' : 'saved';
}

/** A payment that a newer version of another PC wrote is shown as `other` here. */
function knownPayment(text: string): z.infer<typeof payment> {
  const known = payment.safeParse(text);
  return known.success ? known.data : 'other';
}
