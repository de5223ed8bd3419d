import { open, rename, rm, type FileHandle } from 'node:fs/promises';
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
  /** The full path; a file that is there already is left alone. */
  readonly path: string;
};

export type ExportOutcome =
  | { readonly kind: 'written'; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'exists' }
  | { readonly kind: 'unwritable'; readonly why: string };

const formats = { money: '#,##0.00', qty: '#,##0.###', time: 'yyyy-mm-dd hh:mm:ss', number: '0', text: '@' } as const;

/** Rows that are written between two looks at whether the file is still wanted. */
const slice = 2000;

/**
 * Streams a table into a new file: its rows are never all in memory. The file appears under its name when it is whole; stopped or failed, nothing is
 * left of it.
 */
export async function exportFile(context: ReaderContext, input: ExportInput): Promise<ExportOutcome> {
  const part = `${input.path}.part`;
  let reserved = false;
  try {
    // the name is taken first, so that nobody else's file is ever replaced
    await (await open(input.path, 'wx')).close();
    reserved = true;
    const handle = await open(part, 'w');
    let counted: { rows: number; bytes: number };
    try {
      counted = await write(handle, context, input);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, input.path);
    return { kind: 'written', ...counted };
  } catch (error) {
    if (reserved) await Promise.all([part, input.path].map((file) => rm(file, { force: true })));
    if (error instanceof ReaderStopped || !isFileError(error)) throw error;
    return error.code === 'EEXIST' ? { kind: 'exists' } : { kind: 'unwritable', why: error.code };
  }
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
