import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import type { ImportProgress } from '#shared/contract/schemas.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { readIdentity } from '#main/store/identity.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import type { Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { detectShape, type Shape } from './detect.ts';
import { chooseColumns } from './find-sales.ts';
import { BrokenText } from './read-records.ts';
import { runImport } from './run-import.ts';
import { checkFile, type FileFacts, scanFile, unreadable } from './scan-file.ts';
import type { SliceDeps } from './slices.ts';
import { suggestMapping } from './words.ts';

export type ImporterDeps = SliceDeps & {
  readonly store: Store;
  readonly logger: Logger;
  /** Hears that the answer of import.get is another now, at most every 100 ms. */
  readonly moved: (id: string) => void;
};

/** Imports past sales from files, one at a time. They move no stock and no customer's credit. */
export type Importer = {
  /**
   * Looks at a file without changing anything: kind, header, sample, suggested mapping, whether the very same content was imported.
   * Fails with `file-unreadable` or `file-not-table`.
   */
  inspect(input: CommandRequest<'import.inspect'>): Promise<Result<CommandOutput<'import.inspect'>, AppError>>;
  /**
   * Starts an import and answers once it is known that the file can be read. Fails with `import-running`, `not-enrolled`,
   * `file-unreadable`, `file-not-table`, `mapping-incomplete`; later failures stand in the progress.
   */
  start(input: CommandRequest<'import.start'>): Promise<Result<{ id: string }, AppError>>;
  /** Ends a running import at its next slice; what was written stays. Fails with `not-found`. */
  cancel(id: string): Result<Record<string, never>, AppError>;
  /** The running or last import; null when there was none since the start. */
  progress(): ImportProgress | null;
  /** Cancels what runs and waits for its end. */
  stop(): Promise<void>;
};

type Job = { progress: ImportProgress; cancelled: boolean; end: Promise<void> };
type Understood = { facts: FileFacts; shape: Shape };

export function createImporter(deps: ImporterDeps): Importer {
  const { store } = deps;
  let job: Job | null = null;
  let starting = false;
  let stopped = false;

  const start: Importer['start'] = async ({ path, mapping }) => {
    if (starting || job?.progress.state === 'running') return fail(appError('import-running'));
    const identity = readIdentity(store.read);
    if (identity === null) return fail(appError('not-enrolled'));
    starting = true;
    try {
      const understood = await understand(path);
      if (!understood.ok) return understood;
      // the store closes after stop
      if (stopped) return fail(appError('host-gone'));
      const { facts, shape } = understood.value;
      const columns = chooseColumns(shape, mapping);
      if (!columns.ok) return columns;
      const next: Job = { progress: newProgress(store.newId(), facts), cancelled: false, end: Promise.resolve() };
      job = next;
      const runDeps = { ...deps, storeId: identity.storeId, cancelled: () => next.cancelled };
      next.end = runJob(deps, next, facts, (moved) => runImport({ ...runDeps, moved }, facts, shape, columns.value));
      return ok({ id: next.progress.id });
    } finally {
      starting = false;
    }
  };

  return {
    inspect: async ({ path }) => {
      const understood = await understand(path);
      return understood.ok ? ok(inspection(store, understood.value)) : understood;
    },
    start,
    cancel: (id) => {
      if (job?.progress.id !== id || job.progress.state !== 'running') return fail(appError('not-found', id));
      job.cancelled = true;
      return ok({});
    },
    progress: () => job?.progress ?? null,
    stop: async () => {
      stopped = true;
      if (!job) return;
      job.cancelled = true;
      await job.end;
    },
  };
}

async function understand(path: string): Promise<Result<Understood, AppError>> {
  try {
    const checked = await checkFile(path);
    if (!checked.ok) return checked;
    const facts = await scanFile(path);
    if (!facts.ok) return facts;
    const shape = await detectShape(path, facts.value.encoding);
    return shape ? ok({ facts: facts.value, shape }) : fail(appError('file-not-table'));
  } catch (error) {
    return fail(error instanceof BrokenText ? appError('file-not-table', error.message) : unreadable(error));
  }
}

function inspection(store: Store, { facts, shape }: Understood): CommandOutput<'import.inspect'> {
  const before = store.read.get('SELECT 1 FROM _imports WHERE hash = ? AND done = 1', facts.hash);
  return {
    path: facts.path,
    kind: shape.kind,
    bytes: facts.bytes,
    header: [...shape.header],
    sample: shape.sample.slice(0, 5).map((cells) => [...cells]),
    suggestion: shape.kind === 'table' ? suggestMapping(shape.header) : null,
    importedBefore: before !== undefined,
  };
}

function newProgress(id: string, facts: FileFacts): ImportProgress {
  const counts = { bytesDone: 0, bytesTotal: facts.bytes, sales: 0, lines: 0, skipped: 0, badCount: 0, bad: [] };
  return { id, path: facts.path, state: 'running', ...counts, error: null };
}

type Run = (moved: (counts: Partial<ImportProgress>) => void) => Promise<Result<'done' | 'cancelled', AppError>>;

/** Runs one import to its end, whatever that is, and keeps the progress true. Never rejects. */
async function runJob(deps: ImporterDeps, job: Job, facts: FileFacts, run: Run): Promise<void> {
  const { store, logger } = deps;
  let told = -Infinity;
  const update = (change: Partial<ImportProgress>, tell: boolean) => {
    job.progress = { ...job.progress, ...change };
    if (!tell && deps.monotonic() - told < 100) return;
    told = deps.monotonic();
    deps.moved(job.progress.id);
  };
  const started = deps.monotonic();
  let outcome: Pick<ImportProgress, 'state' | 'error'>;
  try {
    const result = await run((counts) => update(copy(counts), false));
    if (result.ok || job.progress.sales > 0) remember(store, facts, job.progress, result.ok && result.value === 'done');
    outcome = result.ok ? { state: result.value, error: null } : { state: 'failed', error: result.error };
  } catch (error) {
    logger.error('shop.import-failed', { error });
    outcome = { state: 'failed', error: failureOf(error) };
  }
  update(outcome, true);
  const { sales, lines, skipped, badCount } = job.progress;
  const ms = Math.round(deps.monotonic() - started);
  logger.info('shop.import-ended', { state: outcome.state, sales, lines, skipped, badCount, ms });
}

function copy(counts: Partial<ImportProgress>): Partial<ImportProgress> {
  return { ...counts, ...(counts.bad ? { bad: [...counts.bad] } : {}) };
}

/** Keeps that this content was imported; a later run that only skipped keeps the numbers of the first. */
function remember(store: Store, facts: FileFacts, { sales, lines }: ImportProgress, done: boolean): void {
  const name = facts.path.split(/[\\/]/).at(-1) ?? facts.path;
  store.apply(null, (db) =>
    db.run(
      `INSERT INTO _imports (hash, name, at, sales, lines, done) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (hash) DO UPDATE SET sales = sales + excluded.sales, lines = lines + excluded.lines, done = max(done, excluded.done)`,
      facts.hash,
      name,
      store.now(),
      sales,
      lines,
      done ? 1 : 0,
    ),
  );
}

/** The expected failure behind what an import threw: of the text, the store, or the file system. */
function failureOf(error: unknown): AppError {
  if (error instanceof BrokenText) return appError('file-not-table', error.message);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (code.startsWith('SQLITE_') || code === 'ENOSPC' ? storeErrorOf(error) : null) ?? unreadable(error);
}
