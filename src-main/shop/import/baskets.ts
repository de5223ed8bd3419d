import { orderedId } from '../derived-id.ts';
import { type Found, type ImportedLine, longestName, shownText } from './imported-sale.ts';
import type { FileRecord } from './read-records.ts';
import type { FileFacts } from './scan-file.ts';

/** The most lines a basket may have. */
const mostLines = 500;

/**
 * Reads a basket: each cell is one piece of a product, without price or time. Its time is the file's, a millisecond apart by line
 * so that baskets keep their order; its id follows from the file's content and the line. Null for a line without any name.
 */
export function basketOf(record: FileRecord, facts: FileFacts, storeId: string): Found | null {
  const { line, cells, bytes } = record;
  const names = cells.map((cell) => cell.trim().replaceAll(/\s+/g, ' ')).filter((name) => name !== '');
  if (names.length === 0) return null;
  const reason = problemOf(names);
  if (reason !== null) return { kind: 'bad', bad: { line, reason, text: shownText(cells) }, bytes };
  const at = facts.mtimeMs - Math.max(0, facts.lineBreaks + 1 - line);
  // file by file, and by line within it
  const order = Number.parseInt(facts.hash.slice(0, 6), 16) * 2 ** 24 + (line % 2 ** 24);
  const id = orderedId(order, 'basket', storeId, facts.hash, String(line));
  const lines = names.map((product): ImportedLine => ({ product, qty: 1000, unitPrice: null, lineTotal: null }));
  const number = receiptName(facts.hash, line);
  return { kind: 'sale', sale: { id, number, startedAt: at, endedAt: at, payment: 'cash', lines }, bytes };
}

/** The number of a sale whose file has none: four signs of the content's hash and the line, e.g. "I-3F2A-000123". */
export function receiptName(hash: string, line: number): string {
  return `I-${hash.slice(0, 4).toUpperCase()}-${String(line).padStart(6, '0')}`;
}

function problemOf(names: readonly string[]): string | null {
  if (names.length > mostLines) return `more than ${mostLines} products in one basket`;
  return names.some((name) => name.length > longestName) ? `a name is longer than ${longestName} letters` : null;
}
