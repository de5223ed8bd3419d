/** A store PC in a simulated world: a real store file and the real daemon; time, chance, network and yielding belong to the schedule. */
import { copyFileSync, rmSync } from 'node:fs';
import type { Enrolment, PushBody } from '#shared/sync/protocol.ts';
import { createDaemon } from '#main/sync/daemon.ts';
import type { Daemon } from '#main/sync/types.ts';
import type { Store } from '#main/store/types.ts';
import type { Caller } from '../cloud/sim-cloud.ts';
import type { Network } from '../cloud/network.ts';
import { createSimTransport } from '../cloud/transport.ts';
import type { Ledger } from '../core/ledger.ts';
import { randomFrom } from '../core/random.ts';
import type { Timers } from '../core/time.ts';
import { powered, type Powered } from './power.ts';
import { openSimStore } from './store-template.ts';
import { emptyView, readView, type View } from './view.ts';

export type PcPlan = {
  readonly store: number;
  readonly batchSize: number;
  readonly pageRows: number;
  /** How far its clock is off at the start, in milliseconds. */
  readonly skew: number;
};

export type SimPc = {
  readonly index: number;
  /** Who the cloud takes it for. */
  readonly caller: Caller;
  /** The device it was enrolled as, or became when its disk was copied or set back. */
  enrolledAs: string;
  readonly scopes: readonly string[];
  readonly store: Store;
  readonly daemon: Daemon;
  /** What its store showed after the last step that touched it, and before. */
  view: View;
  before: View;
  revoked: boolean;
  /** Which way its network is cut. */
  partition: 'none' | 'up' | 'down';
  skew: number;
  /** Tells it that a feed moved; null while nobody listens. */
  onHead: (() => void) | null;
  /** Errors that the daemon called bugs. */
  readonly bugs: string[];
  readonly look: () => void;
  /** Ends the process without a word and starts the program again on what is on the disk. */
  readonly crash: () => void;
  /** The same with the power: what was not flushed to the disk is gone. */
  readonly powerCut: () => void;
  /** Its disk was copied or set back: it may become another device, and begins from what it finds. */
  mayFork: boolean;
  /** Copies its disk, as a backup does. */
  readonly backUp: (file: string) => void;
  /** Puts an older copy of its disk in place and starts the program on it. */
  readonly restore: (file: string) => void;
  /** A supervisor's code was typed in: it takes this place when its daemon comes to it. */
  readonly enrolAnew: (enrolment: Enrolment) => void;
  /** Months have passed: what is old may be forgotten here. */
  mayForget: boolean;
  readonly file: string;
  readonly close: () => void;
};

export type PcDeps = {
  readonly index: number;
  readonly plan: PcPlan;
  readonly seed: number;
  readonly file: string;
  readonly caller: Caller;
  /** Null for a PC whose disk is a copy of another one's. */
  readonly enrolment: Enrolment | null;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly timers: Timers;
};

export async function createSimPc(deps: PcDeps): Promise<SimPc> {
  const { index, network, timers, plan } = deps;
  const owner = `pc${index}`;
  // ids and jitter are drawn apart, so that a run with fewer timers still makes the same rows
  const ids = randomFrom(deps.seed * 64 + index * 2);
  const jitter = randomFrom(deps.seed * 64 + index * 2 + 1);
  const bugs: string[] = [];
  let life = 0;
  let { enrolment } = deps;

  let power: Powered;
  const open = (): Store => {
    power = powered(
      openSimStore(deps.file, () => timers.now() + pc.skew, ids),
      deps.file,
    );
    return power.store;
  };
  /** What a batch carries, noted while the PC still has it written down. */
  const takeDown = (store: Store, hash: string): void => {
    if (network.sent.has(hash)) return;
    const row = store.read.get<{ payload: string; txns: string }>(
      'SELECT payload, txns FROM _outbox WHERE hash = ?',
      hash,
    );
    if (!row) return;
    const txns = JSON.parse(row.txns) as number[];
    const keys = txns.map((txn) => deps.ledger.keyOf(index, txn));
    network.sent.set(hash, { pc: index, body: JSON.parse(row.payload) as PushBody, txns, keys });
  };
  const newDaemon = (store: Store): Daemon => {
    const mine = (life += 1);
    const transport = createSimTransport({
      pc: index,
      network,
      pageRows: plan.pageRows,
      caller: () => pc.caller,
      onPush: (hash) => takeDown(store, hash),
      enrol: () => enrolment as Enrolment,
      become: (deviceId) => {
        if (mine !== life || deviceId === pc.caller.deviceId) return;
        // the token of a key pair is made out to the PC itself
        pc.caller = { ...pc.caller, deviceId, authUser: deviceId };
        if (pc.mayFork) pc.enrolledAs = deviceId;
      },
      listen: (onHead) => {
        if (mine === life) pc.onHead = onHead;
      },
    });
    return createDaemon({
      store,
      transport,
      intervalMs: 15_000,
      batchSize: plan.batchSize,
      random: jitter.next,
      clock: timers.now,
      setTimer: (callback, ms) => timers.setTimer(owner, callback, ms),
      yieldNow: () => network.pause(index),
      log: {
        info: () => undefined,
        error: (event, fields) => {
          if (mine === life) bugs.push(`${event} ${JSON.stringify(fields)}`);
        },
      },
    });
  };

  /** The process ends, something happens to the disk, and the program starts again. */
  const again = (meanwhile: () => void): void => {
    network.orphan(index);
    timers.drop(owner);
    pc.onHead = null;
    pc.store.close();
    meanwhile();
    pc.store = open();
    pc.daemon = newDaemon(pc.store);
    pc.daemon.start();
    // who died in the middle of it types the same code once more
    if (typed) typeCode(typed);
  };
  /** A code that a person has typed in and that has not had its effect yet. */
  let typed: Enrolment | null = null;
  const typeCode = (next: Enrolment): void => {
    const { daemon } = pc;
    typed = next;
    // a round that is under way ends first, and that is for the schedule to say
    void daemon.enrol(next.deviceId, next.deviceName).then((enrolled) => {
      // the process that was asked is gone
      if (daemon !== pc.daemon) return;
      typed = null;
      if (!enrolled.ok) bugs.push(`enrolling anew: ${enrolled.error.code} ${enrolled.error.detail ?? ''}`);
    });
  };

  const pc: { -readonly [Key in keyof SimPc]: SimPc[Key] } = {
    index,
    caller: deps.caller,
    enrolledAs: deps.caller.deviceId,
    scopes: ['chain', `store:${deps.caller.storeId}`],
    store: undefined as unknown as Store,
    daemon: undefined as unknown as Daemon,
    view: emptyView,
    before: emptyView,
    revoked: false,
    partition: 'none',
    skew: plan.skew,
    onHead: null,
    bugs,
    look() {
      pc.before = pc.view;
      pc.view = readView(pc.store);
    },
    mayFork: deps.enrolment === null,
    file: deps.file,
    mayForget: false,
    enrolAnew(next) {
      enrolment = next;
      pc.mayFork = true;
      typeCode(next);
    },
    crash: () => again(() => undefined),
    powerCut() {
      again(() => power.cut());
      // what was not on the disk was never seen: it comes again
      pc.look();
    },
    backUp: (file) => again(() => copyFileSync(deps.file, file)),
    restore: (file) =>
      again(() => {
        for (const end of ['-wal', '-shm']) rmSync(`${deps.file}${end}`, { force: true });
        copyFileSync(file, deps.file);
      }),
    close() {
      network.orphan(index);
      timers.drop(owner);
      life += 1;
      pc.store.close();
    },
  };
  pc.store = open();
  pc.daemon = newDaemon(pc.store);
  if (deps.enrolment) {
    const enrolled = await pc.daemon.enrol('code', owner);
    if (!enrolled.ok) throw new Error(`${enrolled.error.code}: ${enrolled.error.detail ?? ''}`);
  }
  pc.daemon.start();
  pc.look();
  pc.before = pc.view;
  return pc;
}
