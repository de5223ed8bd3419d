import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Encoding } from './scan-file.ts';

export type TextFormat = {
  readonly encoding: Encoding;
  readonly delimiter: string;
  /** A record is a line, whatever its quotes say; lines may have any number of cells. */
  readonly lineByLine?: boolean;
};

/** One record of a file: where it starts (first line is 1), its cells as written, and how many bytes were read up to its end. */
export type FileRecord = { readonly line: number; readonly cells: string[]; readonly bytes: number };

/** The content breaks the rules of quoting in a way that hides where records end. The message says where. */
export class BrokenText extends Error {}

const chunkBytes = 16 * 1024;
/** A record longer than this is a quote that was never closed. */
const longestRecord = 256 * 1024;

/**
 * Reads records of a delimited text file as a stream, blank lines left out; quoted cells may hold line breaks and delimiters. Throws
 * BrokenText, or what the file system throws. Ending the iteration early closes the file.
 */
export async function* readRecords(path: string, format: TextFormat): AsyncGenerator<FileRecord> {
  const source = createReadStream(path, { highWaterMark: chunkBytes });
  const lineByLine = format.lineByLine ?? false;
  const parser = parse({
    // the sign never occurs in text, so that a line stays whole: the parser is slow with lines of different length
    delimiter: lineByLine ? '\u0000' : format.delimiter,
    quote: lineByLine ? null : '"',
    record_delimiter: ['\r\n', '\n', '\r'],
    bom: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: longestRecord,
    info: true,
  });
  source.on('error', (error) => parser.destroy(error));
  const text = format.encoding === 'utf-8' ? source : source.pipe(decoder(format.encoding));
  text.pipe(parser);
  let line = 1;
  try {
    for await (const item of parser) {
      const { record, info } = item as { record: string[]; info: { bytes: number } };
      const cells = lineByLine ? splitLine(record[0] ?? '', format.delimiter) : record;
      if (cells.length > 1 || cells[0]?.trim() !== '') yield { line, cells, bytes: info.bytes };
      line += 1 + lineBreaksIn(record);
    }
  } catch (error) {
    throw error instanceof CsvError ? new BrokenText(brokenText(error, line)) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function decoder(encoding: Encoding): Transform {
  const bytesToText = new TextDecoder(encoding);
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, bytesToText.decode(chunk, { stream: true })),
    flush: (done) => done(null, bytesToText.decode()),
  });
}

/** The cells of a line; one in quotes may hold delimiters, and a doubled quote in it is a quote. */
export function splitLine(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter);
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*/.exec(line.slice(at));
    const after = at + (quoted?.[0].length ?? 0);
    if (quoted && (after === line.length || line[after] === delimiter)) {
      cells.push((quoted[1] ?? '').replaceAll('""', '"'));
      at = after + 1;
    } else {
      const end = line.indexOf(delimiter, at);
      cells.push(line.slice(at, end < 0 ? undefined : end));
      at = end < 0 ? line.length + 1 : end + 1;
    }
  }
  return cells;
}

function lineBreaksIn(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells)
    if (cell.includes('\n') || cell.includes('\r')) count += cell.split(/\r\n|\n|\r/).length - 1;
  return count;
}

function brokenText(error: CsvError, line: number): string {
  const quote = error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE';
  return quote
    ? `A quote that opens in line ${line} is never closed.`
    : `Line ${line} cannot be read: ${error.message}`;
}
