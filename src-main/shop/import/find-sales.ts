import type { ImportMapping } from '#shared/contract/schemas.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { basketOf } from './baskets.ts';
import { createOrderEvidence, type DateOrder } from './dates.ts';
import type { Shape } from './detect.ts';
import { createGrouper, keyOf } from './group-receipts.ts';
import type { Found } from './imported-sale.ts';
import { type FileRecord, readRecords } from './read-records.ts';
import type { FileFacts } from './scan-file.ts';
import type { Slices } from './slices.ts';
import { type Columns, dateText, findColumns, receiptText } from './table.ts';
import { suggestMapping } from './words.ts';

/** The columns to read of a table: the operator's mapping, or the guess. Fails with `mapping-incomplete`. */
export function chooseColumns(shape: Shape, mapping: ImportMapping | undefined): Result<Columns | null, AppError> {
  if (shape.kind === 'baskets') return ok(null);
  const columns = findColumns(shape.header, mapping ?? suggestMapping(shape.header));
  return columns.ok ? columns : fail(appError('mapping-incomplete', columns.error));
}

export type Survey = { readonly order: DateOrder; readonly counts: ReadonlyMap<string, number> };

/**
 * Reads the whole file once before anything is written: whether it can be read to its end, whether day or month comes first, and
 * how many lines each receipt has. Throws like readRecords.
 */
export async function surveyFile(
  facts: FileFacts,
  shape: Shape,
  columns: Columns | null,
  slices: Slices,
  cancelled: () => boolean,
): Promise<Survey> {
  const evidence = createOrderEvidence();
  const raw = new Map<string, number>();
  for await (const { cells } of dataRecords(facts, shape)) {
    if (cancelled()) break;
    if (columns !== null) {
      const date = dateText(cells, columns);
      evidence.add(date);
      const receipt = receiptText(cells, columns);
      const key = receipt === null ? null : JSON.stringify([receipt, date]);
      if (key !== null) raw.set(key, (raw.get(key) ?? 0) + 1);
    }
    await slices.rest();
  }
  const order = evidence.decide();
  const counts = new Map<string, number>();
  for (const [text, count] of raw) {
    const [receipt, date] = JSON.parse(text) as [string, string];
    const key = keyOf(receipt, date, order);
    counts.set(key, (counts.get(key) ?? 0) + count);
    await slices.rest();
  }
  return { order, counts };
}

/** Goes through the sales of a surveyed file in its order. */
export async function* findSales(
  facts: FileFacts,
  shape: Shape,
  columns: Columns | null,
  survey: Survey,
  storeId: string,
): AsyncGenerator<Found> {
  const width = shape.header.length;
  const group = columns && createGrouper({ columns, width, ...survey, storeId, hash: facts.hash });
  for await (const record of dataRecords(facts, shape)) {
    if (group) yield* group(record);
    else {
      const basket = basketOf(record, facts, storeId);
      if (basket) yield basket;
    }
  }
}

async function* dataRecords(facts: FileFacts, shape: Shape): AsyncGenerator<FileRecord> {
  let skip = shape.skip;
  for await (const record of readRecords(facts.path, shape.format)) {
    if (skip > 0) skip -= 1;
    else yield record;
  }
}
