/** A store PC of a concurrent world: a real store, the real daemon, the real transport, and real time. */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readIdentity } from '#main/store/identity.ts';
import { createDaemon } from '#main/sync/daemon.ts';
import { discardTxn } from '#main/sync/dead-letters.ts';
import { keysOf } from '#main/sync/operations.ts';
import { createSupabaseTransport } from '#main/sync/transport/supabase.ts';
import { acts, actWeights, type ActName } from '../pc/acts.ts';
import { openSimStore, type StoreTemplate } from '../pc/store-template.ts';
import { readLog, readView, type LoggedOperation } from '../pc/view.ts';
import { randomFrom, type Random } from '../core/random.ts';
import type { PcOrder, Rested, Seen, Verified } from './messages.ts';
import { watchFailures, type SyncFailure } from './pc-failures.ts';

export type LivePc = {
  readonly index: number;
  /** Does what people do, drawn from the seed and the number of the act; answers what that wrote. */
  readonly act: (number: number) => LoggedOperation[];
  readonly look: () => Seen;
  readonly rest: (patienceMs: number) => Promise<Rested>;
  readonly verify: () => Promise<Verified>;
  readonly stop: () => Promise<void>;
};

type Deps = {
  readonly order: PcOrder;
  readonly folder: string;
  readonly template: StoreTemplate;
  readonly cloud: { readonly url: string; readonly anonKey: string };
  /** The share of batches that arrive twice. */
  readonly copies: number;
};

const pollMs = 15;
const enrolTries = 20;

/** How often people take the first record of its kind, where they meet. */
const busy = 0.35;

export async function openLivePc({ order, folder, template, cloud, copies }: Deps): Promise<LivePc> {
  const { index, seed, life, skew } = order;
  const file = join(folder, `pc${index}.db`);
  if (order.code !== null) template.copyTo(file);
  const now = (): number => Date.now() + skew;
  // another life draws other ids
  const store = openSimStore(file, now, randomFrom(seed * 4096 + index * 16 + life));
  const chance = randomFrom(seed * 512 + index * 2 + 1);
  const failures: SyncFailure[] = [];
  const daemon = createDaemon({
    store,
    transport: createSupabaseTransport({
      ...cloud,
      compressThreshold: 1000,
      timeoutMs: 4000,
      now,
      fetch: copies > 0 ? copying(chance, copies) : fetch,
    }),
    intervalMs: 400,
    batchSize: order.batchSize,
    random: chance.next,
    clock: () => performance.now(),
    setTimer: (callback, ms) => {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    yieldNow: () => nextTurn(),
    log: {
      info: () => undefined,
      error: (event, fields) => failures.push({ code: event, detail: JSON.stringify(fields) }),
    },
  });
  watchFailures(daemon, failures);
  if (order.code !== null) {
    let enrolled = await daemon.enrol(order.code, `PC ${index + 1}`);
    // a busy machine answers late: the same code with the same key is taken again
    for (let tries = 0; !enrolled.ok && enrolled.error.retryable && tries < enrolTries; tries += 1)
      enrolled = await daemon.enrol(order.code, `PC ${index + 1}`);
    if (!enrolled.ok) throw new Error(`PC ${index + 1}: ${enrolled.error.code}: ${enrolled.error.detail ?? ''}`);
  }
  daemon.start();
  let lastSeq = order.lastSeq;

  const waiting = (): number => {
    const left = store.read.get<{ n: number }>(
      `SELECT (SELECT count(*) FROM _change_log WHERE state < 2) + (SELECT count(*) FROM _outbox) + (SELECT count(*) FROM _bootstraps) AS n`,
    );
    return left?.n ?? 0;
  };
  const stuck = (): number[] =>
    store.read
      .all<{ txn: number }>('SELECT DISTINCT txn FROM _change_log WHERE state IN (2, 3) ORDER BY txn')
      .map(({ txn }) => txn);
  const lastRound = (): number =>
    store.read.get<{ id: number }>(`SELECT max(id) AS id FROM _sync_runs WHERE outcome = 'ok'`)?.id ?? 0;

  return {
    index,
    act(number) {
      const random = randomFrom(seed * 65_536 + index * 2048 + number);
      acts[random.weighted<ActName>(actWeights.mixed)](store, random, busy);
      const operations = readLog(store.read, lastSeq);
      lastSeq = operations.at(-1)?.seq ?? lastSeq;
      return operations;
    },
    look() {
      const identity = readIdentity(store.read);
      const view = readView(store);
      const txns = [...new Set(view.log.map(({ txn }) => txn))];
      const keys = keysOf(store.read, txns);
      const mended = store.read.get<{ n: number }>(
        `SELECT count(*) AS n FROM _verifications WHERE outcome = 'repaired'`,
      );
      return {
        index,
        deviceId: identity?.deviceId ?? '',
        storeId: identity?.storeId ?? '',
        view,
        heard: lastSeq,
        keys: new Map(txns.map((txn, i) => [txn, keys[i] ?? ''])),
        failures: failures.splice(0),
        errors: store.read
          .all<{ error: string }>('SELECT error FROM _sync_runs WHERE error IS NOT NULL')
          .map(({ error }) => error),
        mended: mended?.n ?? 0,
      };
    },
    async rest(patienceMs) {
      const until = performance.now() + patienceMs;
      // what the cloud refused is settled by a person
      const before = readView(store).letters;
      for (const txn of stuck()) discardTxn(store, txn);
      const roundBefore = lastRound();
      daemon.wake('operator');
      let woken = performance.now();
      while ((waiting() > 0 || lastRound() <= roundBefore) && performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, pollMs));
        // nobody waits for the end of a backoff who stands in front of the PC
        if (performance.now() - woken < 300 || daemon.status().phase !== 'idle') continue;
        woken = performance.now();
        daemon.wake('operator');
      }
      const { failure } = daemon.status();
      return {
        index,
        waiting: waiting(),
        letters: before,
        stuck: stuck().length,
        cursors: new Map(
          store.read
            .all<{ scope: string; position: number }>('SELECT scope, position FROM _cursors')
            .map(({ scope, position }) => [scope, position]),
        ),
        failure: failure && `${failure.code} ${failure.detail ?? ''}`,
      };
    },
    async verify() {
      const verified = await daemon.verify('content');
      if (!verified.ok) return { index, problem: `${verified.error.code} ${verified.error.detail ?? ''}` };
      const { equal, reason } = verified.value;
      return { index, problem: equal && reason === null ? null : JSON.stringify(verified.value) };
    },
    async stop() {
      await daemon.stop();
      store.close();
    },
  };
}

/** Sends some batches twice: the copy arrives a little earlier or later than the one that is waited for, or at the same time. */
function copying(random: Random, share: number): typeof fetch {
  return (input, init) => {
    const address = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    if (!address.includes('/rpc/sync_push') || !random.chance(share)) return fetch(input, init);
    const copy = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, random.int(3) * random.int(80)));
      await (await fetch(input, { ...init, signal: null })).arrayBuffer();
    };
    copy().catch(() => undefined);
    return fetch(input, init);
  };
}
