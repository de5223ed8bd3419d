import { derivedId, orderedId } from '../derived-id.ts';
import { manilaDay, manilaDayStart } from '../manila.ts';
import { receiptName } from './baskets.ts';
import { type DateOrder, parseDate } from './dates.ts';
import { type BadLine, type Found, type ImportedSale, shownText } from './imported-sale.ts';
import type { FileRecord } from './read-records.ts';
import { type Columns, dateText, readLine, receiptText, type TableLine } from './table.ts';

/** How many lines each receipt has in the file, so that a sale is known to be whole wherever its lines stand. */
export type ReceiptCounts = ReadonlyMap<string, number>;

/** The sale that a record belongs to: its receipt on its Manila day, since many shops count from one each morning; null without receipt. */
export function receiptKey(cells: readonly string[], columns: Columns, order: DateOrder): string | null {
  const receipt = receiptText(cells, columns);
  return receipt === null ? null : keyOf(receipt, dateText(cells, columns), order);
}

/** The key of a receipt and the text of its date. A date that cannot be read stands for itself. */
export function keyOf(receipt: string, date: string, order: DateOrder): string {
  const at = parseDate(date, order);
  return `${receipt}\u0000${at.ok ? manilaDay(at.value) : date}`;
}

type OpenSale = { lines: { line: number; cells: string[]; read: TableLine }[]; bad: BadLine[]; seen: number };

export type GrouperDeps = {
  readonly columns: Columns;
  readonly width: number;
  readonly order: DateOrder;
  readonly counts: ReceiptCounts;
  readonly storeId: string;
  readonly hash: string;
};

/**
 * Puts the lines of a table together to sales. A sale is whole or not at all: with one bad line its others are left out too and
 * listed, so that the corrected file brings the sale with its right total.
 */
export function createGrouper(deps: GrouperDeps): (record: FileRecord) => Found[] {
  const open = new Map<string, OpenSale>();
  const repeats = new Map<string, number>();
  return (record) => {
    const read = readLine(record.cells, deps.columns, deps.width, deps.order);
    const bad = (reason: string): BadLine => ({ line: record.line, reason, text: shownText(record.cells) });
    const key = receiptKey(record.cells, deps.columns, deps.order);
    if (key === null) {
      if (!read.ok) return [{ kind: 'bad', bad: bad(read.error), bytes: record.bytes }];
      return [{ kind: 'sale', sale: singleSale(read.value, record.line, repeats, deps), bytes: record.bytes }];
    }
    const sale = open.get(key) ?? { lines: [], bad: [], seen: 0 };
    sale.seen += 1;
    if (read.ok) sale.lines.push({ line: record.line, cells: record.cells, read: read.value });
    else sale.bad.push(bad(read.error));
    if (sale.seen < (deps.counts.get(key) ?? 1)) {
      open.set(key, sale);
      return [];
    }
    open.delete(key);
    return finish(sale, key, deps).map((found) => ({ ...found, bytes: record.bytes }));
  };
}

type FoundHere = { kind: 'sale'; sale: ImportedSale } | { kind: 'bad'; bad: BadLine };

function finish(sale: OpenSale, key: string, deps: GrouperDeps): FoundHere[] {
  const [cause] = sale.bad;
  if (cause !== undefined) {
    const left = sale.lines.map(({ line, cells }) => {
      const reason = `left out with line ${cause.line}, which belongs to the same receipt`;
      return { line, reason, text: shownText(cells) };
    });
    return [...sale.bad, ...left].toSorted((a, b) => a.line - b.line).map((bad) => ({ kind: 'bad', bad }));
  }
  const lines = sale.lines.map(({ read }) => read);
  const times = lines.map((line) => line.at);
  const id = orderedId(manilaDayStart(times[0] ?? 0), 'receipt', deps.storeId, key);
  const number = (lines[0]?.receipt ?? '').slice(0, 40);
  const payment = lines.find((line) => line.payment !== null)?.payment ?? 'cash';
  return [{ kind: 'sale', sale: { id, number, startedAt: earliest(times), endedAt: latest(times), payment, lines } }];
}

function earliest(times: readonly number[]): number {
  return times.reduce((least, at) => Math.min(least, at), Infinity);
}

function latest(times: readonly number[]): number {
  return times.reduce((most, at) => Math.max(most, at), -Infinity);
}

/** A line without receipt is a sale of its own; its id follows from what it says and how often the file has said so before. */
function singleSale(line: TableLine, lineNo: number, repeats: Map<string, number>, deps: GrouperDeps): ImportedSale {
  const { at, product, qty, unitPrice, lineTotal, payment } = line;
  const content = derivedId('row', deps.storeId, JSON.stringify([at, product, qty, unitPrice, lineTotal, payment]));
  const repeat = repeats.get(content) ?? 0;
  repeats.set(content, repeat + 1);
  return {
    id: orderedId(at, content, String(repeat)),
    number: receiptName(deps.hash, lineNo),
    startedAt: at,
    endedAt: at,
    payment: payment ?? 'cash',
    lines: [line],
  };
}
