import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { writeXlsxStream } from 'hucre/xlsx';
import type { ReaderContext } from '#main/store/readers/messages.ts';
import { ReaderStopped } from '#main/store/readers/messages.ts';
import type { Span } from '../periods.ts';
import { csvCell, xlsxCell } from './cells.ts';
import { type ExportSource, type ExportTable, type Row, sources } from './tables.ts';

export const exportFormats = ['csv', 'xlsx'] as const;

export type ExportInput = {
  readonly storeId: string;
  readonly table: ExportTable;
  readonly span: Span;
  readonly format: (typeof exportFormats)[number];
  /** Where to, and the beginning of the file's name: a name that is taken gets a number, and no file is ever replaced. */
  readonly folder: string;
  readonly name: string;
};

export type ExportOutcome =
  | { readonly kind: 'written'; readonly path: string; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'unwritable'; readonly why: string };

const formats = { money: '#,##0.00', qty: '#,##0.###', time: 'yyyy-mm-dd hh:mm:ss', number: '0', text: '@' } as const;

/** Names that a file may have are tried up to this number. */
const mostCopies = 1000;

/** Rows that are written between two looks at whether the file is still wanted. */
const slice = 2000;

/**
 * Streams a table into a new file: its rows are never all in memory. The file appears under its name when it is whole; stopped or failed, nothing is
 * left of it.
 */
export async function exportFile(context: ReaderContext, input: ExportInput): Promise<ExportOutcome> {
  let path: string | null = null;
  try {
    path = await takeName(input);
    if (path === null) return { kind: 'unwritable', why: `${input.name}: there are ${mostCopies} of it already` };
    const part = await open(partOf(path), 'w');
    let counted: { rows: number; bytes: number };
    try {
      counted = await write(part, context, input);
      await part.sync();
    } finally {
      await part.close();
    }
    await rename(partOf(path), path);
    return { kind: 'written', path, ...counted };
  } catch (error) {
    if (path !== null) await Promise.all([partOf(path), path].map((file) => rm(file, { force: true })));
    if (error instanceof ReaderStopped || !isFileError(error)) throw error;
    return { kind: 'unwritable', why: error.code };
  }
}

const partOf = (path: string): string => `${path}.part`;

/** Makes an empty file under the first name that is free; null when all are taken. */
async function takeName({ folder, name, format }: ExportInput): Promise<string | null> {
  await mkdir(folder, { recursive: true });
  for (let copy = 1; copy <= mostCopies; copy += 1) {
    const path = join(folder, `${name}${copy === 1 ? '' : ` (${copy})`}.${format}`);
    try {
      await (await open(path, 'wx')).close();
      return path;
    } catch (error) {
      if (!isFileError(error) || error.code !== 'EEXIST') throw error;
    }
  }
  return null;
}

function isFileError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('E');
}

async function write(
  handle: FileHandle,
  context: ReaderContext,
  { storeId, table, span, format }: ExportInput,
): Promise<{ rows: number; bytes: number }> {
  const source = sources[table];
  const counted = { rows: 0, bytes: 0 };
  const rows = rowsOf(context, source, storeId, span, counted);
  for await (const piece of format === 'csv' ? csvOf(source, rows) : xlsxOf(table, source, rows)) {
    await handle.write(piece);
    counted.bytes += piece.length;
  }
  return counted;
}

function* rowsOf(
  { db, check, progress }: ReaderContext,
  source: ExportSource,
  storeId: string,
  span: Span,
  counted: { rows: number },
): Generator<Row> {
  for (const rows of source.slices(db, storeId, span)) {
    check();
    for (const row of rows) {
      counted.rows += 1;
      if (counted.rows % slice === 0) {
        check();
        progress(counted.rows);
      }
      yield row;
    }
  }
}

/** With a mark at the beginning by which spreadsheets know UTF-8. */
function* csvOf({ columns }: ExportSource, rows: Iterable<Row>): Generator<Buffer> {
  let text = `\uFEFF${columns.map(({ header }) => csvCell('text', header)).join(',')}\r\n`;
  for (const row of rows) {
    text += `${columns.map(({ kind }, index) => csvCell(kind, row[index] ?? null)).join(',')}\r\n`;
    if (text.length > 65_536) {
      yield Buffer.from(text);
      text = '';
    }
  }
  yield Buffer.from(text);
}

function xlsxOf(name: ExportTable, { columns }: ExportSource, rows: Iterable<Row>): AsyncIterable<Uint8Array> {
  function* cells() {
    for (const row of rows) yield columns.map(({ kind }, index) => xlsxCell(kind, row[index] ?? null));
  }
  return writeXlsxStream(cells(), {
    name,
    columns: columns.map(({ header, kind }) => ({ header, ...(kind === 'text' ? {} : { numFmt: formats[kind] }) })),
    freezePane: { rows: 1 },
  });
}
