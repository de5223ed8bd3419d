import type { ImportProgress } from '#shared/contract/schemas.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { Store } from '#main/store/types.ts';
import type { Shape } from './detect.ts';
import { findSales, surveyFile } from './find-sales.ts';
import type { BadLine } from './imported-sale.ts';
import { createSaleWriter } from './sale-writer.ts';
import { checkFile, type FileFacts } from './scan-file.ts';
import { createSlices, type SliceDeps, sliceMs } from './slices.ts';
import type { Columns } from './table.ts';

/** The numbers of an import as they grow. */
export type Counts = Pick<ImportProgress, 'bytesDone' | 'sales' | 'lines' | 'skipped' | 'badCount'> & {
  readonly bad: BadLine[];
};

export type RunDeps = SliceDeps & {
  readonly store: Store;
  readonly storeId: string;
  readonly cancelled: () => boolean;
  /** Called after each slice with the numbers so far. */
  readonly moved: (counts: Counts) => void;
};

/** How many bad lines are kept for the operator; all are counted. */
const keptBad = 100;

/**
 * Imports a file whose shape is known, in slices. What was written stays, also when it is cancelled or fails: importing the file
 * again adds what is missing. Answers whether it came to the end. Fails with `file-unreadable` when the file changed meanwhile; throws
 * what the store and the file system throw.
 */
export async function runImport(
  deps: RunDeps,
  facts: FileFacts,
  shape: Shape,
  columns: Columns | null,
): Promise<Result<'done' | 'cancelled', AppError>> {
  const slices = createSlices(deps);
  const survey = await surveyFile(facts, shape, columns, slices, deps.cancelled);
  if (!(await isUnchanged(facts))) return fail(appError('file-unreadable', 'The file changed while it was read.'));
  const writer = createSaleWriter(deps.store, deps.storeId, deps.monotonic);
  const counts = { bytesDone: 0, sales: 0, lines: 0, skipped: 0, badCount: 0, bad: [] as BadLine[] };
  const flush = () => {
    const written = writer.flush();
    counts.sales += written.sales;
    counts.lines += written.lines;
    deps.moved(counts);
  };
  for await (const found of findSales(facts, shape, columns, survey, deps.storeId)) {
    if (deps.cancelled()) break;
    counts.bytesDone = Math.min(found.bytes, facts.bytes);
    if (found.kind === 'bad') {
      counts.badCount += 1;
      if (counts.bad.length < keptBad) counts.bad.push(found.bad);
    } else if (!writer.add(found.sale)) counts.skipped += 1;
    if (writer.full()) {
      flush();
      await slices.rest(true);
    } else if (slices.left() < sliceMs / 2) {
      deps.moved(counts);
      await slices.rest(true);
    }
  }
  flush();
  if (deps.cancelled()) return ok('cancelled');
  if (!(await isUnchanged(facts))) return fail(appError('file-unreadable', 'The file changed while it was read.'));
  counts.bytesDone = facts.bytes;
  deps.moved(counts);
  return ok('done');
}

async function isUnchanged(facts: FileFacts): Promise<boolean> {
  const now = await checkFile(facts.path);
  return now.ok && now.value.bytes === facts.bytes && now.value.mtimeMs === facts.mtimeMs;
}
