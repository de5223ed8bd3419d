import { open } from 'node:fs/promises';
import { parseDate } from './dates.ts';
import { parseMoney } from './decimal.ts';
import { BrokenText, readRecords, type TextFormat } from './read-records.ts';
import type { Encoding } from './scan-file.ts';
import { suggestMapping } from './words.ts';

const delimiters = [',', ';', '\t', '|'] as const;
const sampleBytes = 64 * 1024;
const sampleRecords = 200;

/** How a file is to be read. `header` is empty for baskets, and made up ("Column 1") for a table without one. */
export type Shape = {
  readonly kind: 'baskets' | 'table';
  readonly format: TextFormat;
  readonly header: readonly string[];
  /** How many records stand before the first one of data. */
  readonly skip: number;
  /** The first records after the header. */
  readonly sample: readonly (readonly string[])[];
};

/** The first line with which spreadsheets say what separates the cells. */
const saidDelimiter = /^\ufeff?sep=([^\r\n"])\r?\n/i;

/** Finds out how a text file is to be read; null when it is neither a table nor baskets. Throws like readRecords. */
export async function detectShape(path: string, encoding: Encoding): Promise<Shape | null> {
  const start = await readStart(path, encoding);
  if (isMarkup(start)) return null;
  const said = saidDelimiter.exec(start)?.[1];
  const format = { encoding, delimiter: said ?? chooseDelimiter(start) };
  const before = said === undefined ? 0 : 1;
  const byLine = { ...format, lineByLine: true };
  const [table, broken] = await readSample(path, format);
  const shape = tableShape(format, broken ? await byLines(path, byLine) : table, before);
  if (broken && shape) throw broken;
  if (shape) return shape;
  const sample = (await byLines(path, byLine)).slice(before);
  return looksLikeBaskets(sample) ? { kind: 'baskets', format: byLine, header: [], skip: before, sample } : null;
}

async function byLines(path: string, format: TextFormat): Promise<string[][]> {
  const [records, broken] = await readSample(path, format);
  if (broken) throw broken;
  return records;
}

/** The first records of a file; where its quotes are broken also how. */
async function readSample(path: string, format: TextFormat): Promise<[string[][], BrokenText | null]> {
  const records: string[][] = [];
  try {
    for await (const { cells } of readRecords(path, format)) {
      records.push(cells);
      if (records.length >= sampleRecords) break;
    }
    return [records, null];
  } catch (error) {
    if (error instanceof BrokenText) return [records, error];
    throw error;
  }
}

/** A table has words of known columns above, or dates in a column. `before` records stand above it. */
function tableShape(format: TextFormat, all: string[][], before: number): Shape | null {
  const records = all.slice(before);
  const [first, ...rest] = records;
  if (first === undefined) return null;
  const named = {
    kind: 'table',
    format,
    header: first.map((cell) => cell.trim()),
    skip: before + 1,
    sample: rest,
  } as const;
  if (isHeader(first)) return named;
  if (hasDateColumn(records)) {
    const header = first.map((_, index) => `Column ${index + 1}`);
    return { kind: 'table', format, header, skip: before, sample: records };
  }
  return hasDateColumn(rest) ? named : null;
}

async function readStart(path: string, encoding: Encoding): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sampleBytes), 0, sampleBytes, 0);
    return new TextDecoder(encoding).decode(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

function isMarkup(text: string): boolean {
  const start = text.trimStart();
  return /^(<[!?a-z]|[{[]|%PDF|\{\\rtf)/i.test(start);
}

/** The sign that cuts the most lines into the same number of cells; among equals the one that gives more cells. */
function chooseDelimiter(text: string): string {
  const lines = text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, sampleRecords);
  const scored = delimiters.map((delimiter) => {
    const counts = lines.map((line) => countOutsideQuotes(line, delimiter));
    const tally = new Map<number, number>();
    for (const count of counts) if (count > 0) tally.set(count, (tally.get(count) ?? 0) + 1);
    const [cells, agreeing] = [...tally].toSorted((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [0, 0];
    return { delimiter, score: agreeing * 1000 + cells };
  });
  return scored.toSorted((a, b) => b.score - a.score)[0]?.delimiter ?? ',';
}

function countOutsideQuotes(line: string, sign: string): number {
  let count = 0;
  let quoted = false;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (character === sign && !quoted) count += 1;
  }
  return count;
}

/** Words of at least two known columns, one of them a date or a product, and nothing that is a value. */
function isHeader(cells: readonly string[]): boolean {
  const found = suggestMapping(cells);
  const sure = Object.keys(found).length >= 2 && (found.date !== undefined || found.product !== undefined);
  return sure && !cells.some((cell) => isDate(cell) || parseMoney(cell).ok);
}

function isDate(text: string): boolean {
  return parseDate(text, 'mdy').ok || parseDate(text, 'dmy').ok;
}

function hasDateColumn(records: readonly (readonly string[])[]): boolean {
  const width = Math.max(0, ...records.map((cells) => cells.length));
  const enough = Math.max(1, records.length * 0.6);
  for (let column = 0; column < width && width > 1; column += 1) {
    if (records.filter((cells) => isDate(cells[column] ?? '')).length >= enough) return true;
  }
  return false;
}

/** Short names of a few words with letters in them, as products have; prose and code have long cells or many signs. */
function looksLikeBaskets(records: readonly (readonly string[])[]): boolean {
  const names = records
    .flat()
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '');
  if (names.length === 0) return false;
  const good = names.filter((name) => name.length <= 60 && /\p{L}/u.test(name) && !/[{}<>=;]|\.\s/.test(name));
  const words = names.map((name) => name.split(/\s+/).length).toSorted((a, b) => a - b);
  return good.length >= names.length * 0.9 && (words[Math.floor(words.length / 2)] ?? 0) <= 4;
}
