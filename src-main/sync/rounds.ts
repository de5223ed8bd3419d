/** One round of the daemon after the other: when the next begins, what came of the last, and what the daemon says of itself. */
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, type Result } from '#shared/result.ts';
import { retryDelay, type FailureKind } from '#shared/sync/backoff.ts';
import { readIdentity } from '#main/store/identity.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import { appErrorOf } from './failures.ts';
import type { Pauses } from './pause.ts';
import { createRhythm } from './rhythm.ts';
import { beginRun, emptyCounts, endRun, type RunCounts } from './runs.ts';
import type { TransportFailure } from './transport/types.ts';
import type { DaemonStatus } from './types.ts';
import type { Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';

export type RoundsDeps = {
  readonly store: Store;
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly intervalMs: number;
  /** Lies in [0, 1). */
  readonly random: () => number;
  /** Milliseconds that never go back, whatever is done to the PC's clock. */
  readonly clock: () => number;
  /** Calls back after so many milliseconds; returns the function that prevents it. */
  readonly setTimer: (callback: () => void, ms: number) => () => void;
  /** Sends and receives until nothing is left; null where no cloud is configured. */
  readonly round: ((counts: RunCounts) => Promise<Result<null, TransportFailure>>) | null;
  readonly pauses: Pauses;
  /** Whether every byte costs. */
  readonly metered: () => boolean;
  /** Runs after a round that went well, before the next one; `moved` says whether anything was sent or received. */
  readonly afterRound: (moved: boolean) => Promise<void>;
  /** A round ended like this. */
  readonly onFailure: (error: AppError) => void;
};

export type Rounds = {
  start(): void;
  /** Ends after the step at hand. */
  stop(): Promise<void>;
  started(): boolean;
  /** Whether a round should end after its step. */
  stopping(): boolean;
  /** Begins a round now, or right after the one at hand. */
  begin(): void;
  /** Sends a local commit: at once, or with those that follow it shortly. */
  soon(): void;
  /** An operator wants everything to travel with the round at hand and the next one, whatever it costs. */
  spendFreely(): void;
  /** Whether only what is urgent may travel. */
  sparing(): boolean;
  /** Nothing begins until then (ms since 1970; null: until somebody asks). */
  rest(until: number | null): void;
  /** The cloud tells this PC by itself when something is new, or does so no more. */
  tellConnected(connected: boolean): void;
  /** Runs `work` while no round does: the one at hand ends after its step, the next one comes afterwards. */
  alone<T>(work: () => T | Promise<T>): Promise<T>;
  /** What went wrong so far does not count any more. */
  forgive(): void;
  status(): DaemonStatus;
  report(next: Partial<DaemonStatus>): void;
  onStatus(listener: () => void): () => void;
};

/** Timers of Node cannot wait longer. */
const longestTimer = 2_147_483_647;

export function createRounds(deps: RoundsDeps): Rounds {
  const { store, log, pauses, metered } = deps;
  const rhythm = createRhythm(deps);
  const listeners = new Set<() => void>();
  let status: DaemonStatus = { phase: 'idle', nextAttemptAt: null, failure: null, progress: null };
  let running: Promise<void> | null = null;
  /** What came while a round was running: a hint wants the next one at once, local commits may wait for more of them. */
  let again: 'no' | 'commits' | 'now' = 'no';
  let gathering = false;
  let stopped = true;
  let cancelTimer: () => void = () => undefined;
  let dueAt = 0;
  let failures = 0;
  let connected = false;
  let generous = false;
  let generousNext = false;
  /** How many works are at hand beside which no round may run. */
  let alone = 0;

  const report = (next: Partial<DaemonStatus>): void => {
    status = { ...status, ...next };
    listeners.forEach((listener) => listener());
  };

  const schedule = (ms: number): void => {
    cancelTimer();
    gathering = false;
    if (stopped) return;
    report({ nextAttemptAt: store.now() + ms });
    dueAt = deps.clock() + ms;
    cancelTimer = deps.setTimer(begin, Math.min(ms, longestTimer));
  };

  const begin = (): void => {
    if (stopped || alone > 0 || !deps.round || running) {
      if (running) again = 'now';
      return;
    }
    if (!readIdentity(store.read)) {
      report({ failure: appError('not-enrolled'), nextAttemptAt: null });
      return;
    }
    const pause = pauses.current();
    if (pause) {
      if (pause.until !== null) schedule(pause.until - store.now());
      return;
    }
    pauses.settle();
    cancelTimer();
    gathering = false;
    generous = generousNext;
    generousNext = false;
    running = runOnce(deps.round)
      .catch(stumble)
      .finally(() => {
        running = null;
        const next = again;
        again = 'no';
        if (next === 'now') begin();
        else if (next === 'commits') soon();
      });
  };

  const soon = (): void => {
    if (stopped || status.failure || gathering) return;
    if (running) {
      if (again === 'no') again = 'commits';
      return;
    }
    const wait = rhythm.forCommit(metered());
    if (wait === 0) {
      begin();
    } else {
      schedule(wait);
      gathering = true;
    }
  };

  const runOnce = async (round: NonNullable<RoundsDeps['round']>): Promise<void> => {
    const started = performance.now();
    const counts = emptyCounts();
    const run = beginRun(store);
    let storeFailure: AppError | null = null;
    report({ nextAttemptAt: null });
    const result = await round(counts).catch((error: unknown): Result<null, TransportFailure> => {
      storeFailure = storeErrorOf(error);
      log.error('cycle-bug', { error: stackOf(error) });
      return fail({ kind: 'bug', detail: error instanceof Error ? error.message : String(error) });
    });
    const detail = result.ok ? null : `${result.error.kind}: ${result.error.detail}`;
    endRun(store, run, performance.now() - started, result.ok ? 'ok' : 'failed', counts, detail);
    if (!result.ok) {
      wentWrong(result.error, storeFailure);
      return;
    }
    failures = 0;
    report({ phase: 'idle', progress: null, failure: null });
    const moved = counts.pushed + counts.pulled > 0;
    schedule(rhythm.afterRound(moved, { connected, metered: metered() }));
    await deps.afterRound(moved);
  };

  const wentWrong = (error: TransportFailure, storeFailure: AppError | null): void => {
    failures += 1;
    log.info('cycle-failed', { kind: error.kind, detail: error.detail, failures });
    const failure = storeFailure ?? appErrorOf(error);
    report({ phase: 'idle', progress: null, failure });
    deps.onFailure(failure);
    const kind = waitingKind(error.kind);
    const delay = retryDelay(kind, failures, deps.random(), error.retryAfterMs);
    // a failure that heals by itself never waits longer than the promised rhythm once the network may be back
    schedule(kind === 'offline' || kind === 'rude' ? Math.min(delay, deps.intervalMs) : delay);
  };

  /** The round could not even be written down (another program holds the store, the disk is full): tried again, never given up. */
  const stumble = (error: unknown): void => {
    failures += 1;
    log.error('cycle-stumbled', { error: stackOf(error) });
    const failure = storeErrorOf(error) ?? appError('sync-broken', String(error));
    report({ phase: 'idle', progress: null, failure });
    deps.onFailure(failure);
    schedule(retryDelay('busy', failures, deps.random()));
  };

  return {
    start() {
      stopped = false;
      begin();
    },
    async stop() {
      stopped = true;
      cancelTimer();
      await running;
    },
    started: () => !stopped,
    stopping: () => stopped || alone > 0 || pauses.current() !== null,
    begin,
    soon,
    spendFreely: () => void (generous = generousNext = true),
    sparing: () => metered() && !generous,
    rest(until) {
      cancelTimer();
      report({ nextAttemptAt: until });
      if (until) schedule(until - store.now());
    },
    tellConnected(next) {
      connected = next;
      // the slow rhythm is for a PC that is told what is new; who is told no more asks at the usual one
      const usual = rhythm.afterRound(true, { connected: false, metered: metered() });
      if (!next && !running && !status.failure && dueAt - deps.clock() > usual) schedule(usual);
    },
    async alone(work) {
      alone += 1;
      try {
        await running;
        return await work();
      } finally {
        alone -= 1;
        begin();
      }
    },
    forgive() {
      failures = 0;
      report({ failure: null });
    },
    status: () => status,
    report,
    onStatus(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function waitingKind(kind: TransportFailure['kind']): FailureKind {
  if (kind === 'gap' || kind === 'epoch') return 'forked';
  if (kind === 'too-large') return 'rude';
  return kind === 'code-refused' || kind === 'sign-in-refused' ? 'auth' : kind;
}
