import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { retryDelay, type FailureKind } from '#shared/sync/backoff.ts';
import { readIdentity } from '#main/store/identity.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import type { Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { createCycle } from './cycle.ts';
import { acceptEnrolment, keepBundleKey, keepCredential, keyPairFor, readCredential } from './enrol.ts';
import { appErrorOf } from './failures.ts';
import { createEconomy } from './economy.ts';
import { createPauses } from './pause.ts';
import { createRhythm } from './rhythm.ts';
import { beginRun, closeInterruptedRuns, emptyCounts, endRun } from './runs.ts';
import { holdScopes } from './scopes.ts';
import type { Transport, TransportFailure } from './transport/types.ts';
import type { Daemon, DaemonStatus } from './types.ts';
import { createUpkeep } from './upkeep.ts';
import { createVerifier } from './verification/verifier.ts';
import { windowTables } from './windows.ts';

export type DaemonDeps = {
  readonly store: Store;
  /** Null where no cloud is configured: the PC works, and says that nothing is sent. */
  readonly transport: Transport | null;
  readonly intervalMs: number;
  readonly batchSize: number;
  readonly random: () => number;
  /** Milliseconds that never go back, whatever is done to the PC's clock. */
  readonly clock: () => number;
  /** Calls back after so many milliseconds; returns the function that prevents it. */
  readonly setTimer: (callback: () => void, ms: number) => () => void;
  readonly yieldNow: () => Promise<void>;
  readonly log: Pick<Logger, 'info' | 'error'>;
};

const pageSize = 5000;
/** Timers of Node cannot wait longer. */
const longestTimer = 2_147_483_647;

export function createDaemon(deps: DaemonDeps): Daemon {
  const { store, transport, log } = deps;
  const listeners = new Set<() => void>();
  let status: DaemonStatus = { phase: 'idle', nextAttemptAt: null, failure: null, progress: null };
  let running: Promise<void> | null = null;
  /** What came while a cycle was running: a hint wants the next one at once, local commits may wait for more of them. */
  let again: 'no' | 'commits' | 'now' = 'no';
  let gathering = false;
  let stopped = true;
  let cancelTimer: () => void = () => undefined;
  let failures = 0;
  const rhythm = createRhythm({ intervalMs: deps.intervalMs, random: deps.random, clock: deps.clock });
  const upkeep = createUpkeep(deps);
  const pauses = createPauses(store, deps.clock);
  const economy = createEconomy(store, () => {
    limitTransport();
    begin();
  });
  /** Whether the cloud tells this PC by itself when something is new. */
  let connected = false;
  let dueAt = 0;
  /** An operator wants everything to travel, whatever it costs: with the round at hand, and with the next one. */
  let generous = false;
  let generousNext = false;
  /** How many works are at hand beside which no cycle may run. */
  let alone = 0;
  let stopListening: () => void = () => undefined;

  const report = (next: Partial<DaemonStatus>): void => {
    status = { ...status, ...next };
    listeners.forEach((listener) => listener());
  };

  const cycle = transport
    ? createCycle({
        store,
        transport,
        batchSize: deps.batchSize,
        pageSize,
        yieldNow: deps.yieldNow,
        stopping: () => stopped || alone > 0 || pauses.current() !== null,
        sparing: () => economy.read().metered && !generous,
        onNewIdentity: () => connect(),
        onCloudClock: (now) => upkeep.heard(now),
        onPhase: (phase, done, total) => report({ phase, progress: { done, total } }),
      })
    : null;

  const verifier = cycle && createVerifier({ ...deps, verify: cycle.verify });

  const limitTransport = (): void => {
    const { upBytesPerSecond, downBytesPerSecond } = economy.read();
    transport?.limit({ up: upBytesPerSecond, down: downBytesPerSecond });
  };

  const schedule = (ms: number): void => {
    cancelTimer();
    gathering = false;
    if (stopped) return;
    report({ nextAttemptAt: store.now() + ms });
    dueAt = deps.clock() + ms;
    cancelTimer = deps.setTimer(() => begin(), Math.min(ms, longestTimer));
  };

  const begin = (): void => {
    if (stopped || alone > 0 || !cycle || running) {
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
    running = runOnce()
      .catch(stumble)
      .finally(() => {
        running = null;
        const next = again;
        again = 'no';
        if (next === 'now') begin();
        else if (next === 'commits') soon();
      });
  };

  /** Sends a local commit: at once, or with those that follow it shortly. */
  const soon = (): void => {
    if (stopped || status.failure || gathering) return;
    if (running) {
      if (again === 'no') again = 'commits';
      return;
    }
    const wait = rhythm.forCommit(economy.read().metered);
    if (wait === 0) {
      begin();
    } else {
      schedule(wait);
      gathering = true;
    }
  };

  const runOnce = async (): Promise<void> => {
    const started = performance.now();
    const counts = emptyCounts();
    const run = beginRun(store);
    let storeFailure: AppError | null = null;
    report({ nextAttemptAt: null });
    const result = await (cycle as NonNullable<typeof cycle>)
      .run(counts)
      .catch((error: unknown): Result<null, TransportFailure> => {
        storeFailure = storeErrorOf(error);
        log.error('cycle-bug', {
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
        return fail({ kind: 'bug', detail: error instanceof Error ? error.message : String(error) });
      });
    const detail = result.ok ? null : `${result.error.kind}: ${result.error.detail}`;
    endRun(store, run, performance.now() - started, result.ok ? 'ok' : 'failed', counts, detail);
    if (result.ok) {
      failures = 0;
      report({ phase: 'idle', progress: null, failure: null });
      const moved = counts.pushed + counts.pulled > 0;
      schedule(rhythm.afterRound(moved, { connected, metered: economy.read().metered }));
      await verifier?.afterRound(economy.read().metered);
      if (!moved) upkeep.idle();
      return;
    }
    failures += 1;
    log.info('cycle-failed', { kind: result.error.kind, detail: result.error.detail, failures });
    const failure = storeFailure ?? appErrorOf(result.error);
    report({ phase: 'idle', progress: null, failure });
    verifier?.giveUp(failure);
    const kind = waitingKind(result.error.kind);
    const delay = retryDelay(kind, failures, deps.random(), result.error.retryAfterMs);
    // a failure that heals by itself never waits longer than the promised rhythm once the network may be back
    schedule(kind === 'offline' || kind === 'rude' ? Math.min(delay, deps.intervalMs) : delay);
  };

  /** The cycle could not even be written down (another program holds the store, the disk is full): tried again, never given up. */
  const stumble = (error: unknown): void => {
    failures += 1;
    log.error('cycle-stumbled', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    const failure = storeErrorOf(error) ?? appError('sync-broken', String(error));
    report({ phase: 'idle', progress: null, failure });
    verifier?.giveUp(failure);
    schedule(retryDelay('busy', failures, deps.random()));
  };

  /** The slow rhythm is for a PC that is told what is new; who is told no more asks at the usual one. */
  const onConnection = (next: boolean): void => {
    connected = next;
    const usual = rhythm.afterRound(true, { connected: false, metered: economy.read().metered });
    if (!next && !running && !status.failure && dueAt - deps.clock() > usual) schedule(usual);
  };

  const connect = (): void => {
    stopListening();
    const identity = readIdentity(store.read);
    const credential = readCredential(store);
    if (!transport || !identity || !credential) return;
    transport.useCredential(
      credential,
      (better) => keepCredential(store, better),
      (key) => keepBundleKey(store, key),
    );
    connected = false;
    stopListening = transport.listen(identity.deviceId, () => daemon.wake('realtime'), onConnection);
  };

  /** A full disk must not keep the PC from starting: its own cycles will say what is wrong, and the history is put right later. */
  const tidyUp = (): void => {
    try {
      closeInterruptedRuns(store);
      pauses.settle();
    } catch (error) {
      if (!storeErrorOf(error)) throw error;
      log.error('start-not-tidied', { error: error instanceof Error ? error.message : String(error) });
    }
  };

  const stopWatching = store.onChange(({ tables, origin }) => {
    if (origin !== 'local' || !tables.includes('_queue')) return;
    upkeep.busy();
    daemon.wake('local');
  });

  const daemon: Daemon = {
    start() {
      stopped = false;
      tidyUp();
      limitTransport();
      connect();
      begin();
    },
    async stop() {
      stopped = true;
      cancelTimer();
      stopWatching();
      stopListening();
      // what waits for its turn goes on at once
      transport?.limit({ up: null, down: null });
      await running;
      verifier?.giveUp(appError('paused'));
      await upkeep.stop();
      await transport?.close();
    },
    wake(reason) {
      if (stopped) return;
      if (reason === 'operator') generous = generousNext = true;
      if (reason === 'local' || (reason === 'realtime' && economy.read().metered)) soon();
      else begin();
    },
    pause(until, reason) {
      pauses.set(until, reason);
      cancelTimer();
      report({ nextAttemptAt: until });
      if (until) schedule(until - store.now());
    },
    resume() {
      pauses.end();
      report({});
      begin();
    },
    economy: economy.read,
    setEconomy: economy.set,
    tellNetwork: economy.tell,
    status: () => status,
    onStatus(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    verify(depth = 'content') {
      if (!verifier || stopped || !readIdentity(store.read)) return Promise.resolve(fail(appError('not-enrolled')));
      if (pauses.current() !== null) return Promise.resolve(fail(appError('paused')));
      const answer = verifier.ask(depth);
      begin();
      return answer;
    },
    async chooseScopes(scopes, windows) {
      if (!transport || !readIdentity(store.read)) return fail(appError('not-enrolled'));
      const unknown = Object.keys(windows).find((name) => !windowTables().has(name));
      if (unknown !== undefined) return fail(appError('bad-input', `windows: ${unknown} is not known`));
      const answer = await transport.choose(scopes, windows);
      if (!answer.ok) return fail(appErrorOf(answer.error));
      const held = answer.value;
      if ('refused' in held) return fail(appError('not-granted', held.refused.join(', ')));
      store.apply({ tables: ['_sync'], origin: 'local' }, (db) => holdScopes(db, held));
      begin();
      return ok(null);
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
    async enrol(code, deviceName) {
      if (!transport) return fail(appError('offline', 'SUPABASE_URL is not set'));
      const keys = keyPairFor(store, code);
      const answer = await transport.enrol(code, deviceName, keys.publicKey);
      if (!answer.ok) return fail(appErrorOf(answer.error));
      // an answer to the old identity must not be written down for the new one
      return daemon.alone(() => {
        const accepted = acceptEnrolment(store, answer.value, keys);
        if (accepted.ok) {
          failures = 0;
          report({ failure: null });
          connect();
        }
        return accepted;
      });
    },
  };
  return daemon;
}

function waitingKind(kind: TransportFailure['kind']): FailureKind {
  if (kind === 'gap' || kind === 'epoch') return 'forked';
  if (kind === 'too-large') return 'rude';
  return kind === 'code-refused' || kind === 'sign-in-refused' ? 'auth' : kind;
}
