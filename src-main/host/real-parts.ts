import { ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Config } from '#main/config/read-config.ts';
import { createShop } from '#main/shop/create-shop.ts';
import { createBundleHandlers } from '#main/sync/bundle/bundles.ts';
import { createDaemon } from '#main/sync/daemon.ts';
import { openServices } from '#main/services/open-services.ts';
import { discardTxn, restoreTxn, retryTxn } from '#main/sync/dead-letters.ts';
import { createOperators } from '#main/sync/operators.ts';
import { createScopeReport } from '#main/sync/scope-report.ts';
import { editTxn, undoEdit } from '#main/sync/edit-refused.ts';
import { createSupabaseTransport } from '#main/sync/transport/supabase.ts';
import packageFile from '../../package.json' with { type: 'json' };
import type { Transport } from '#main/sync/transport/types.ts';
import type { HostParts, PartDeps, ServicesPart, SyncPart } from './parts.ts';

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

function createServices({ store }: PartDeps): ServicesPart {
  return { services: openServices({ store }), stop: () => Promise.resolve() };
}

function createTransport(config: Config): Transport | null {
  return config.cloud === null
    ? null
    : createSupabaseTransport({ ...config.cloud, compressThreshold: config.compressThreshold });
}

function nothing(result: Result<null, AppError>): Result<Record<string, never>, AppError> {
  return result.ok ? ok({}) : result;
}
