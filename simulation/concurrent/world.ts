/** A concurrent world: what is known of its PCs and its cloud from outside, and how it is looked at while everything goes on. */
import type { Client } from 'pg';
import { createFeedMirror, type FeedMirror } from '../cloud/feed-mirror.ts';
import { createLedger, type Ledger } from '../core/ledger.ts';
import type { SeenPc, Sight } from '../invariants/types.ts';
import { emptyView, type LoggedOperation, type View } from '../pc/view.ts';
import { inOneSnapshot } from './cloud.ts';
import type { Seen } from './messages.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type LivePcView = SeenPc & { readonly failures: string[]; mended: number; readonly keys: Map<number, string> };

export type LiveWorld = {
  readonly ledger: Ledger;
  readonly mirror: FeedMirror;
  readonly pcs: readonly LivePcView[];
  /** How often an act returned to somebody, in all and by PC. */
  readonly acts: () => number;
  readonly actsOf: (pc: number) => number;
  readonly lastSeqOf: (pc: number) => number;
  readonly did: (pc: number, act: number | null, operations: readonly LoggedOperation[]) => void;
  /** Takes in what PCs show, then what the cloud has; null when it could not be read. */
  readonly look: (seen: readonly Seen[]) => Promise<Sight | null>;
  /** Runs a check's own questions to the cloud in the snapshot of the last look. */
  readonly check: (sight: Sight, checks: (sight: Sight) => Promise<void>) => Promise<boolean>;
};

export function createLiveWorld(address: string, count: number): LiveWorld {
  const ledger = createLedger();
  let client: Pick<Client, 'query'> | null = null;
  const admin = {
    query: ((...args: Parameters<Client['query']>) => {
      if (!client) throw new Error('Nobody looks at the cloud now');
      return client.query(...args);
    }) as Client['query'],
  };
  const mirror = createFeedMirror(admin);
  const pcs: Mutable<LivePcView>[] = Array.from({ length: count }, (_, index) => ({
    index,
    view: emptyView,
    before: emptyView,
    scopes: [],
    revoked: false,
    mayFork: false,
    mayForget: false,
    caller: { deviceId: '' },
    failures: [],
    mended: 0,
    keys: new Map(),
  }));
  const done = new Map<number, { acts: number; seq: number }>();
  const doneAt = (pc: number) => done.get(pc) ?? { acts: 0, seq: 0 };

  /** What had returned to somebody when a PC was looked at must be in its log; what came since need not be. */
  const heardBy = (seen: readonly Seen[]): Ledger => ({
    ...ledger,
    logOf: (pc) => {
      const heard = seen.find(({ index }) => index === pc)?.heard ?? 0;
      return ledger.logOf(pc).filter(({ operations }) => (operations.at(-1)?.seq ?? 0) <= heard);
    },
  });

  const takeIn = (seen: Seen): void => {
    const pc = pcs[seen.index] as Mutable<LivePcView>;
    pc.before = pc.view;
    pc.view = seen.view;
    pc.scopes = ['chain', `store:${seen.storeId}`];
    pc.caller = { deviceId: seen.deviceId };
    pc.mended = seen.mended;
    pc.failures.push(...seen.failures.map(({ code, detail }) => `${code} (${detail})`));
    for (const [txn, key] of seen.keys) pc.keys.set(txn, key);
    // what was refused or taken back since
    ledger.record(pc.index, pc.view, pc.view);
  };

  /** What the cloud says that it has accepted: a second opinion to what PCs believe. */
  const readAccepted = async (from: Pick<Client, 'query'>): Promise<string[]> => {
    const { rows } = await from.query<{ device: string; batch: string; keys: string[] }>(
      `select device_id::text as device, batch, array(select lpad(to_hex(k), 16, '0') from unnest(keys) k) as keys from sync.accepted`,
    );
    const problems: string[] = [];
    for (const pc of pcs) {
      const txnOf = new Map([...pc.keys].map(([txn, key]) => [key, txn]));
      const seen = new Set<string>();
      for (const key of rows.filter(({ device }) => device === pc.caller.deviceId).flatMap(({ keys }) => keys)) {
        if (seen.has(key)) problems.push(`PC ${pc.index + 1}: transaction ${txnOf.get(key)} was accepted twice`);
        seen.add(key);
        const local = ledger.txns.get(ledger.keyOf(pc.index, txnOf.get(key) ?? 0));
        if (local) local.accepted = true;
      }
    }
    return problems;
  };

  return {
    ledger,
    mirror,
    pcs,
    acts: () => [...done.values()].reduce((sum, { acts }) => sum + acts, 0),
    actsOf: (pc) => doneAt(pc).acts,
    lastSeqOf: (pc) => doneAt(pc).seq,
    did(pc, act, operations) {
      const { acts, seq } = doneAt(pc);
      done.set(pc, { acts: act === null ? acts : act + 1, seq: operations.at(-1)?.seq ?? seq });
      ledger.record(pc, emptyView, { ...emptyView, log: operations } satisfies View);
    },
    async look(seen) {
      seen.forEach(takeIn);
      return inOneSnapshot(address, async (snapshot) => {
        client = snapshot;
        try {
          const { problems } = await mirror.advance();
          const feedProblems = [...problems, ...(await readAccepted(snapshot))];
          const touched = new Set(seen.map(({ index }) => pcs[index] as LivePcView));
          const effect = { cloudMoved: true, served: [], touched };
          return {
            world: { mirror, ledger: heardBy(seen), pcs, unaware: new Set<SeenPc>(), cloud: { admin } },
            effect,
            feedProblems,
          };
        } finally {
          client = null;
        }
      });
    },
    async check(sight, checks) {
      const isDone = await inOneSnapshot(address, async (snapshot) => {
        client = snapshot;
        await checks(sight).finally(() => (client = null));
        return true;
      });
      return isDone ?? false;
    },
  };
}
