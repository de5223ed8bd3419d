import { appError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import { readIdentity } from '#main/store/identity.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import type { Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { createCycle } from './cycle.ts';
import { acceptEnrolment, keepBundleKey, keepCredential, keyPairFor, readCredential } from './enrol.ts';
import { appErrorOf } from './failures.ts';
import { createEconomy } from './economy.ts';
import { createPauses } from './pause.ts';
import { createRounds, type Rounds } from './rounds.ts';
import { closeInterruptedRuns } from './runs.ts';
import { holdScopes } from './scopes.ts';
import type { Transport } from './transport/types.ts';
import type { Daemon } from './types.ts';
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

/** Puts the parts of a PC's sync together; they work by themselves from start() to stop(). */
export function createDaemon(deps: DaemonDeps): Daemon {
  const { store, transport, log } = deps;
  const upkeep = createUpkeep(deps);
  const pauses = createPauses(store, deps.clock);
  const economy = createEconomy(store, () => {
    limitTransport();
    rounds.begin();
  });
  const metered = (): boolean => economy.read().metered;
  let stopListening: () => void = () => undefined;

  const cycle =
    transport &&
    createCycle({
      store,
      transport,
      batchSize: deps.batchSize,
      pageSize,
      yieldNow: deps.yieldNow,
      stopping: () => rounds.stopping(),
      sparing: () => rounds.sparing(),
      onNewIdentity: () => connect(),
      onCloudClock: (now) => upkeep.heard(now),
      onPhase: (phase, done, total) => rounds.report({ phase, progress: { done, total } }),
    });

  const verifier = cycle && createVerifier({ ...deps, verify: cycle.verify });

  const rounds: Rounds = createRounds({
    ...deps,
    round: cycle && cycle.run,
    pauses,
    metered,
    async afterRound(moved) {
      await verifier?.afterRound(metered());
      if (!moved) upkeep.idle();
    },
    onFailure: (failure) => verifier?.giveUp(failure),
  });

  const limitTransport = (): void => {
    const { upBytesPerSecond, downBytesPerSecond } = economy.read();
    transport?.limit({ up: upBytesPerSecond, down: downBytesPerSecond });
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
    rounds.tellConnected(false);
    stopListening = transport.listen(identity.deviceId, () => daemon.wake('realtime'), rounds.tellConnected);
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
      tidyUp();
      limitTransport();
      connect();
      rounds.start();
    },
    async stop() {
      const stopped = rounds.stop();
      stopWatching();
      stopListening();
      // what waits for its turn goes on at once
      transport?.limit({ up: null, down: null });
      await stopped;
      verifier?.giveUp(appError('paused'));
      await upkeep.stop();
      await transport?.close();
    },
    wake(reason) {
      if (reason === 'operator') rounds.spendFreely();
      if (reason === 'local' || (reason === 'realtime' && metered())) rounds.soon();
      else rounds.begin();
    },
    pause(until, reason) {
      pauses.set(until, reason);
      rounds.rest(until);
    },
    resume() {
      pauses.end();
      rounds.report({});
      rounds.begin();
    },
    economy: economy.read,
    setEconomy: economy.set,
    tellNetwork: economy.tell,
    status: rounds.status,
    onStatus: rounds.onStatus,
    verify(depth = 'content') {
      if (!verifier || !rounds.started() || !readIdentity(store.read))
        return Promise.resolve(fail(appError('not-enrolled')));
      if (pauses.current() !== null) return Promise.resolve(fail(appError('paused')));
      const answer = verifier.ask(depth);
      rounds.begin();
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
      rounds.begin();
      return ok(null);
    },
    alone: rounds.alone,
    async enrol(code, deviceName) {
      if (!transport) return fail(appError('offline', 'SUPABASE_URL is not set'));
      const keys = keyPairFor(store, code);
      const answer = await transport.enrol(code, deviceName, keys.publicKey);
      if (!answer.ok) return fail(appErrorOf(answer.error));
      // an answer to the old identity must not be written down for the new one
      return daemon.alone(() => {
        const accepted = acceptEnrolment(store, answer.value, keys);
        if (accepted.ok) {
          rounds.forgive();
          connect();
        }
        return accepted;
      });
    },
  };
  return daemon;
}
