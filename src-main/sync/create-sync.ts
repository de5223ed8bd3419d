import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Handlers } from '#shared/contract/commands.ts';
import { ok, type Result } from '#shared/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Config } from '#main/config/read-config.ts';
import type { Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { createDaemon } from './daemon.ts';
import { discardTxn, restoreTxn, retryTxn } from './dead-letters.ts';
import { createSupabaseTransport } from './transport/supabase.ts';
import type { Daemon } from './types.ts';

export type SyncDeps = { readonly store: Store; readonly config: Config; readonly logger: Logger };

/** The sync part of a host: the daemon over the configured cloud, and the operator's ways out of the dead letters. */
export function createSync({ store, config, logger }: SyncDeps): {
  daemon: Daemon;
  handlers: Pick<Handlers, 'queue.retry' | 'queue.discard' | 'queue.restore'>;
} {
  const daemon = createDaemon({
    store,
    transport:
      config.cloud && createSupabaseTransport({ ...config.cloud, compressThreshold: config.compressThreshold }),
    intervalMs: config.syncIntervalMs,
    batchSize: config.batchSize,
    random: Math.random,
    setTimer: (callback, ms) => {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    yieldNow: () => nextTurn(),
    log: logger.with({ part: 'sync' }),
  });
  const answer = (result: Result<null, AppError>, wake: boolean): Result<Record<string, never>, AppError> => {
    if (result.ok && wake) daemon.wake('operator');
    return result.ok ? ok({}) : result;
  };
  return {
    daemon,
    handlers: {
      'queue.retry': ({ txn }) => answer(retryTxn(store, txn), true),
      'queue.discard': ({ txn }) => answer(discardTxn(store, txn), true),
      'queue.restore': ({ txn }) => answer(restoreTxn(store, txn), false),
    },
  };
}
