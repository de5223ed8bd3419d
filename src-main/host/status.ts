import { appError } from '#shared/contract/errors.ts';
import type { AppError, ErrorCode } from '#shared/contract/errors.ts';
import type { SyncState, SyncStatus } from '#shared/contract/schemas.ts';
import { readIdentity } from '#main/store/identity.ts';
import { countOpenConflicts, countQueue, lastSuccessAt } from '#main/store/queries.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { bootstrapProgress } from '#main/sync/bootstrap.ts';
import { readNotices } from '#main/sync/notices.ts';
import { readPause } from '#main/sync/pause.ts';
import type { DaemonStatus } from '#main/sync/types.ts';
import { syncWarnings } from '#main/sync/warnings.ts';

export type KeyKeeper = SyncStatus['keyKeptBy'];

export type StatusDeps = {
  readonly read: ReadableDb;
  readonly daemon: () => DaemonStatus;
  readonly now: () => number;
  readonly keyKeptBy: KeyKeeper;
  readonly warnings: readonly string[];
  /** How long an unreachable cloud is not worth a word to the operator, in milliseconds. */
  readonly offlineGraceMs: number;
  /** When the cloud began to be out of reach, ms UTC; null while it is not. */
  readonly unreachableSince: () => number | null;
};

/** Failures that pass by themselves: the network and the cloud's own troubles. */
const passing: ReadonlySet<ErrorCode> = new Set(['offline', 'cloud-busy', 'cloud-rude']);

export function isPassing(failure: AppError | null): boolean {
  return failure !== null && passing.has(failure.code);
}

/** Assembles the answer of status.get: numbers counted in the store, the moment's activity from the daemon. */
export function readStatus(deps: StatusDeps): SyncStatus {
  const daemon = deps.daemon();
  const queue = countQueue(deps.read);
  const identity = readIdentity(deps.read);
  const pause = readPause(deps.read, deps.now());
  const openConflicts = countOpenConflicts(deps.read);
  const failure = daemon.failure ?? (identity === null ? appError('not-enrolled') : null);
  const since = deps.unreachableSince();
  const filling = bootstrapProgress(deps.read);
  const facts = {
    failure,
    needsPerson: queue.stuck > 0 || openConflicts > 0,
    paused: pause !== null,
    unreachable: since !== null && deps.now() - since >= deps.offlineGraceMs,
    busy: daemon.phase !== 'idle' || queue.waiting > 0 || filling !== null,
  };
  return {
    state: stateOf(facts),
    phase: daemon.phase,
    waiting: queue.waiting,
    oldestWaitingAt: queue.oldestAt,
    stuck: queue.stuck,
    openConflicts,
    lastSuccessAt: lastSuccessAt(deps.read),
    nextAttemptAt: daemon.nextAttemptAt,
    pause,
    failure,
    progress: daemon.progress,
    filling,
    store: identity && { id: identity.storeId, name: identity.storeName },
    device: identity && { id: identity.deviceId, name: identity.deviceName },
    keyKeptBy: deps.keyKeptBy,
    warnings: [...deps.warnings, ...readNotices(deps.read, deps.now()), ...syncWarnings(deps.read)],
  };
}

type Facts = {
  readonly failure: AppError | null;
  readonly needsPerson: boolean;
  readonly paused: boolean;
  readonly unreachable: boolean;
  readonly busy: boolean;
};

/** The one word, the most urgent first. A PC that is not enrolled needs a person; it is not broken. */
export function stateOf(facts: Facts): SyncState {
  const { failure } = facts;
  if (failure !== null && failure.code !== 'not-enrolled' && failure.code !== 'paused' && !isPassing(failure))
    return 'error';
  if (facts.needsPerson || failure?.code === 'not-enrolled') return 'attention';
  if (facts.paused) return 'paused';
  if (facts.unreachable) return 'offline';
  return facts.busy ? 'syncing' : 'synced';
}
