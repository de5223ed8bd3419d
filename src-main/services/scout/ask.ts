import type { z } from 'zod';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { Cached } from '#main/accelerators/cache/types.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { InputOf, OutputOf } from '#main/store/readers/messages.ts';
import type { Identity } from '#main/store/types.ts';
import { stateMark } from '#main/sync/state-mark.ts';
import type { TableName } from '#shared/register.ts';
import type { Context, ScoutDeps } from './deps.ts';
import { dayName, dayNumber } from './periods.ts';
import type { ScoutQueries } from './queries.ts';

/** How long figures are good when nothing happens, in milliseconds. */
export const figuresTtlMs = 300_000;

/** The store that this PC belongs to. Fails with `not-enrolled`. */
export function ownStore({ deps }: Context): Result<Identity, AppError> {
  const identity = readIdentity(deps.store.read);
  return identity === null ? fail(appError('not-enrolled')) : ok(identity);
}

/** What figures that rest on a table of a store are tagged with. */
export function tagOf(storeId: string, table: string): string {
  return `scout:${storeId}:${table}`;
}

/** Asks a reader thread, as long as somebody waits. */
export function askReader<N extends keyof ScoutQueries>(
  context: Context,
  name: N,
  input: InputOf<ScoutQueries[N]>,
  signal: AbortSignal = context.signal,
): Promise<Result<OutputOf<ScoutQueries[N]>, AppError>> {
  const progress = (done: number, total?: number): void => context.progress(done, total);
  return context.deps.readers.ask(name, input, { signal, progress });
}

type Figures<T> = {
  readonly storeId: string;
  /** The rest of the key after `scout:`, such as `dashboard:<store>:today`. */
  readonly key: string;
  readonly tables: readonly TableName[];
  readonly schema: z.ZodType<T>;
};

/** Figures from the cache, or made now. They are of today only: at midnight in Manila others are made. */
export function cachedFigures<T>(
  context: Context,
  { storeId, key, tables, schema }: Figures<T>,
  make: (signal: AbortSignal) => Promise<Result<T, AppError>>,
): Promise<Result<Cached<T>, AppError>> {
  const { cache, store } = context.deps;
  return cache.get<T, AppError>(
    {
      key: `scout:${key}`,
      tags: tables.map((table) => tagOf(storeId, table)),
      ttlMs: figuresTtlMs,
      stamp: dayName(dayNumber(context.now())),
      shared: { stamp: () => stateMark(store.read), schema },
    },
    make,
    context.signal,
  );
}

/** Tells the cache of every change of the store; returns the function that ends it. */
export function followChanges({ store, cache }: Pick<ScoutDeps, 'store' | 'cache'>): () => void {
  return store.onChange(({ tables }) => {
    const storeId = readIdentity(store.read)?.storeId;
    // the store's own tables, such as the queue, are in no figures
    const told = tables.filter((table) => !table.startsWith('_'));
    if (storeId !== undefined && told.length > 0) cache.invalidate(told.map((table) => tagOf(storeId, table)));
  });
}
