/** What of a PC's work is found in a store file or in the cloud: the same questions to both, asked behind the engine's back. */
import { noteKinds, type Found, type FoundNote, type FoundSale, type NoteKind } from './ledger.ts';

/** Whose work is looked for: sales by the id of the PC, everything else by the tag in its notes and names. */
export type Whose = { readonly deviceId: string; readonly tag: string };

/** Questions in the words that SQLite and PostgreSQL share; `?` is the one parameter. */
const sales = `SELECT t.id, t.number, CAST(t.total AS INTEGER) AS total, CAST((t.payment = 'credit') AS INTEGER) AS credit,
    (SELECT CAST(i.qty AS INTEGER) FROM transaction_items i WHERE i.transaction_id = t.id AND i.line_no = 1) AS serial,
    (SELECT CAST(count(*) AS INTEGER) FROM transaction_items i WHERE i.transaction_id = t.id) AS lines,
    (SELECT CAST(coalesce(sum(i.line_total), 0) AS INTEGER) FROM transaction_items i WHERE i.transaction_id = t.id) AS line_total,
    (SELECT CAST(count(*) AS INTEGER) FROM stock_movements m WHERE m.transaction_id = t.id) AS moves,
    (SELECT CAST(coalesce(sum(i.qty), 0) AS INTEGER) FROM transaction_items i WHERE i.transaction_id = t.id)
      + (SELECT CAST(coalesce(sum(m.qty), 0) AS INTEGER) FROM stock_movements m WHERE m.transaction_id = t.id) AS balance,
    (SELECT CAST(coalesce(sum(c.amount), 0) AS INTEGER) FROM credit_entries c WHERE c.transaction_id = t.id) AS charged
  FROM transactions t WHERE t.device_id = ?`;
const notes: Readonly<Record<NoteKind, string>> = {
  move: 'SELECT note AS text FROM stock_movements WHERE transaction_id IS NULL AND note LIKE ?',
  credit: 'SELECT note AS text FROM credit_entries WHERE transaction_id IS NULL AND note LIKE ?',
  customer: 'SELECT name AS text FROM customers WHERE name LIKE ?',
};
const edits = 'SELECT name, note FROM customers WHERE note IS NOT NULL AND name LIKE ?';

/** Products whose level is not the sum of its movements. */
const stockOff = `SELECT l.product_id AS id, CAST(l.qty AS INTEGER) AS level,
    (SELECT CAST(coalesce(sum(m.qty), 0) AS INTEGER) FROM stock_movements m WHERE m.product_id = l.product_id AND m.store_id = l.store_id) AS moved
  FROM stock_levels l WHERE l.store_id = ?`;

/** Asks one question with one parameter. */
export type Ask = <Row>(sql: string, parameter: string) => Row[] | Promise<Row[]>;

type SaleRow = Omit<FoundSale, 'credit' | 'lineTotal' | 'serial'> & {
  readonly credit: number;
  readonly line_total: number;
  readonly serial: number | null;
};

export async function readFound(ask: Ask, { deviceId, tag }: Whose): Promise<Found> {
  const saleRows = await ask<SaleRow>(sales, deviceId);
  const found: Partial<Record<NoteKind, FoundNote[]>> = {};
  for (const kind of noteKinds) {
    const rows = await ask<{ text: string }>(notes[kind], `${tag} ${kind} %`);
    found[kind] = rows.map(({ text }) => ({ serial: serialOf(text) }));
  }
  const edited = await ask<{ name: string; note: string }>(edits, `${tag} customer %`);
  return {
    sales: saleRows.map(({ credit, line_total: lineTotal, serial, ...sale }) => ({
      ...sale,
      serial: serial ?? -1,
      credit: credit === 1,
      lineTotal,
    })),
    notes: found as Record<NoteKind, FoundNote[]>,
    edits: new Map(edited.map(({ name, note }) => [serialOf(name), serialOf(note)])),
  };
}

/** What is wrong with the stock of a shop: a level that is not the sum of its movements was counted twice or not at all. */
export async function stockProblems(ask: Ask, storeId: string): Promise<string[]> {
  const rows = await ask<{ id: string; level: number; moved: number }>(stockOff, storeId);
  return rows
    .filter(({ level, moved }) => level !== moved)
    .map(({ id, level, moved }) => `the level of product ${id} is ${level}, its movements are ${moved}`);
}

/** How requests are marked: `a move 12`. */
export function mark(tag: string, kind: NoteKind | 'edit', serial: number): string {
  return `${tag} ${kind} ${serial}`;
}

function serialOf(text: string): number {
  return Number(text.slice(text.lastIndexOf(' ') + 1));
}
