import { join } from 'node:path';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { createCache } from '#main/accelerators/cache/create-cache.ts';
import { openRedisLevel } from '#main/accelerators/cache/redis-level.ts';
import type { Config } from '#main/config/read-config.ts';
import { createReaderPool } from '#main/store/readers/pool.ts';
import { appErrorOf } from '#main/sync/failures.ts';
import { createShop } from '#main/shop/create-shop.ts';
import { createBundleHandlers } from '#main/sync/bundle/bundles.ts';
import { createDaemon } from '#main/sync/daemon.ts';
import { createExportFolder } from '#main/services/export-folder.ts';
import { openServices } from '#main/services/open-services.ts';
import { discardTxn, restoreTxn, retryTxn } from '#main/sync/dead-letters.ts';
import { createOperators } from '#main/sync/operators.ts';
import { createScopeReport } from '#main/sync/scope-report.ts';
import { editTxn, undoEdit } from '#main/sync/edit-refused.ts';
import { createSupabaseTransport } from '#main/sync/transport/supabase.ts';
import packageFile from '../../package.json' with { type: 'json' };
import type { Transport } from '#main/sync/transport/types.ts';
import type { HostParts, PartDeps, ServicesDeps, ServicesPart, SyncPart } from './parts.ts';
import type { Timers } from './timers.ts';

/** The parts a real host is made of. */
export const realParts: HostParts = { createSync, createShop, createServices };

function createSync({ store, config, logger, timers }: PartDeps): SyncPart {
  const transport = createTransport(config);
  const operators = createOperators(store, transport);
  const daemon = createDaemon({
    store,
    transport,
    intervalMs: config.syncIntervalMs,
    batchSize: config.batchSize,
    random: Math.random,
    clock: () => performance.now(),
    setTimer: (callback, ms) => timers.after(ms, callback),
    yieldNow,
    log: {
      info: (event, fields) => logger.info(event, { ...fields }),
      error: (event, fields) => logger.error(event, { ...fields }),
    },
  });
  const scopes = createScopeReport(store, yieldNow);
  const bundles = createBundleHandlers({
    store,
    transport,
    daemon,
    batchSize: config.batchSize,
    yieldNow,
    app: packageFile.version,
  });
  return {
    daemon,
    totals: askTotals(transport, timers),
    handlers: {
      ...bundles,
      'scopes.get': async () => ok(await scopes()),
      'scopes.choose': async (chosen) => nothing(await daemon.chooseScopes(chosen.scopes, chosen.windows)),
      'queue.retry': ({ txn }) => nothing(retryTxn(store, txn)),
      'queue.edit': ({ txn, changes }) => nothing(editTxn(store, txn, changes)),
      'queue.undoEdit': ({ txn }) => nothing(undoEdit(store, txn)),
      'queue.discard': ({ txn }) => nothing(discardTxn(store, txn)),
      'queue.restore': ({ txn }) => nothing(restoreTxn(store, txn)),
      'operator.signIn': ({ email, password }) => operators.signIn(email, password),
      'operator.signOut': () => {
        operators.signOut();
        return ok({});
      },
      'operator.get': () => ok(operators.current()),
    },
  };
}

const yieldNow = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The cloud that has not answered by then is out of reach for somebody who waits for figures. */
const patienceMs = 6000;

function askTotals(transport: Transport | null, timers: Timers): SyncPart['totals'] {
  return async (now, before) => {
    if (transport === null) return fail(appError('offline'));
    let cancel = (): void => undefined;
    const late = new Promise<Result<never, AppError>>((resolve) => {
      cancel = timers.after(patienceMs, () => resolve(fail(appError('offline'))));
    });
    const asked = transport.storeTotals({ ...now, beforeSince: before.since, beforeUntil: before.until });
    const answer = await Promise.race([late, asked.then((one) => (one.ok ? one : fail(appErrorOf(one.error))))]);
    cancel();
    return answer;
  };
}

/** Bytes of text that the cache keeps in memory. */
const cacheBytes = 16_000_000;
/** Reader threads, and how long one waits for work before it ends. */
const readerThreads = 2;
const readerIdleMs = 120_000;

function createServices({ store, config, logger, timers, paths, key, status, totals }: ServicesDeps): ServicesPart {
  const { redis } = config;
  const cache = createCache({
    now: () => store.now(),
    memoryBytes: cacheBytes,
    ...(redis === null
      ? {}
      : {
          openShared: (onInvalidated) =>
            openRedisLevel({
              access: redis,
              self: store.newId(),
              logger: logger.with({ part: 'cache' }),
              onInvalidated,
            }),
        }),
  });
  const exports = createExportFolder(store, config.exportDir ?? join(config.dataDir, 'exports'));
  const opened = openServices({
    store,
    cache,
    readers: createReaderPool({
      entry: paths.readerThread,
      data: {
        file: paths.database,
        key,
        ...(paths.sqliteBinding === null ? {} : { nativeBinding: paths.sqliteBinding }),
      },
      size: readerThreads,
      idleMs: readerIdleMs,
      after: timers.after,
    }),
    status,
    exportFolder: exports.path,
    askCloud: totals,
  });
  return { services: opened.services, handlers: exports.handlers, cache, stop: opened.stop };
}

function createTransport(config: Config): Transport | null {
  return config.cloud === null
    ? null
    : createSupabaseTransport({ ...config.cloud, compressThreshold: config.compressThreshold });
}

function nothing(result: Result<null, AppError>): Result<Record<string, never>, AppError> {
  return result.ok ? ok({}) : result;
}
