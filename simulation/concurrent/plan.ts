/** What happens in a concurrent world, and at which count of events: all of it follows from the seed. In which order things meet does not. */
import type { FaultRule } from '#cloud/local/gateway/faults.ts';
import { randomFrom, type Random } from '../core/random.ts';

/** Kinds of trouble that can be left out, to see which of them a failure needs. */
export const troubles = [
  'network',
  'copies',
  'backends',
  'restart',
  'kills',
  'deadlocks',
  'timeouts',
  'clocks',
] as const;
export type Trouble = (typeof troubles)[number];

/** Something that is done to the cloud or to PCs when so many acts have been done in all. */
export type Blow =
  | { readonly at: number; readonly do: 'end backends'; readonly count: number; readonly r: number }
  | { readonly at: number; readonly do: 'restart' }
  | { readonly at: number; readonly do: 'kill'; readonly process: number };

export type PlannedPc = {
  readonly store: number;
  readonly batchSize: number;
  /** How far its clock is off, in milliseconds. */
  readonly skew: number;
};

export type Plan = {
  readonly pcs: readonly PlannedPc[];
  readonly stores: number;
  readonly products: number;
  readonly customers: number;
  /** What is done at each PC. */
  readonly acts: number;
  /** Milliseconds between two acts at one PC, at most. */
  readonly everyMs: number;
  readonly offices: number;
  /** Transactions of each office session. */
  readonly works: number;
  readonly deadlocks: boolean;
  /** Milliseconds until the cloud gives up a statement of a PC; null as hosted. */
  readonly timeoutMs: number | null;
  /** The share of requests that arrive twice. */
  readonly copies: number;
  readonly network: readonly FaultRule[];
  readonly blows: readonly Blow[];
  /** Looks at everything while it is going on: after so many acts. */
  readonly looks: readonly number[];
};

const hour = 3_600_000;

export function planOf(seed: number, without: ReadonlySet<Trouble> = new Set()): Plan {
  const random = randomFrom(seed * 7 + 5);
  const stores = 1 + random.int(2);
  const count = random.pick([4, 5, 6, 6, 8, 8, 10, 12, 16]);
  const pcs = Array.from({ length: count }, (_, i) => ({
    store: i < 3 ? 0 : random.int(stores),
    batchSize: random.pick([1, 3, 8, 40, 500, 500]),
    skew: random.pick([0, 0, 0, -3 * hour, 26 * hour]),
  }));
  const acts = Math.ceil((200 + random.int(160)) / count);
  const total = acts * count;
  const at = (): number => Math.floor(total * (0.1 + 0.8 * random.next()));
  const network = drawNetwork(random, total);
  const blows: readonly [Trouble, Blow][] = [
    ...Array.from({ length: random.int(6) }, (): [Trouble, Blow] => [
      'backends',
      { at: at(), do: 'end backends', count: 1 + random.int(6), r: random.int(1e9) },
    ]),
    ...(random.chance(0.6) ? [['restart', { at: at(), do: 'restart' }] as [Trouble, Blow]] : []),
    ...(random.chance(0.4) ? [['kills', { at: at(), do: 'kill', process: random.int(2) }] as [Trouble, Blow]] : []),
  ];
  const plan: Plan = {
    pcs,
    stores,
    products: 4 + random.int(8),
    customers: 4 + random.int(8),
    acts,
    everyMs: random.pick([5, 20, 60, 60, 120]),
    offices: 2 + random.int(3),
    works: 8 + random.int(16),
    deadlocks: random.chance(0.8),
    timeoutMs: random.chance(0.4) ? 400 + random.int(300) : null,
    copies: random.pick([0, 0.05, 0.2]),
    network: random.chance(0.85) ? network : [],
    blows: blows.map(([, blow]) => blow),
    looks: [at(), at(), at()].toSorted((a, b) => a - b),
  };
  return {
    ...plan,
    pcs: without.has('clocks') ? pcs.map((pc) => ({ ...pc, skew: 0 })) : pcs,
    deadlocks: plan.deadlocks && !without.has('deadlocks'),
    timeoutMs: without.has('timeouts') ? null : plan.timeoutMs,
    copies: without.has('copies') ? 0 : plan.copies,
    network: without.has('network') ? [] : plan.network,
    blows: blows.filter(([trouble]) => !without.has(trouble)).map(([, blow]) => blow),
  };
}

/** Rules for the gateway: each hits the next few requests after so many of its kind. */
function drawNetwork(random: Random, total: number): FaultRule[] {
  const any = { path: '/rpc/sync_' };
  const push = { path: '/rpc/sync_push' };
  const pull = { path: '/rpc/sync_pull' };
  const kinds: readonly (() => FaultRule)[] = [
    () => ({ match: any, do: 'drop-before' }),
    () => ({ match: push, do: 'drop-after' }),
    () => ({ match: push, do: 'drop-after' }),
    () => ({ match: any, do: 'delay', ms: 20 + random.int(600) }),
    () => ({ match: push, do: 'delay', ms: 20 + random.int(300) }),
    () => ({ match: any, do: 'status', status: random.pick([500, 502, 503, 429]), retryAfterSeconds: 0.1 }),
    () => ({ match: pull, do: 'truncate', bytes: random.int(2000) }),
    () => ({ match: push, do: 'truncate', bytes: random.int(60) }),
    () => ({ match: any, do: 'html' }),
    () => ({ match: pull, do: 'drip', bytes: 300 + random.int(2000), everyMs: 5 }),
    () => ({ match: { path: '/functions/v1/' }, do: 'status', status: 503 }),
  ];
  return Array.from({ length: 6 + random.int(14) }, () => ({
    ...random.pick(kinds)(),
    skip: random.int(total),
    times: 1 + random.int(4),
  }));
}

/** The plan in words. */
export function tellPlan(plan: Plan): string[] {
  const { pcs, stores, acts, offices, works, deadlocks, timeoutMs, copies, network, blows } = plan;
  const kinds = new Map<string, number>();
  for (const { do: what } of network) kinds.set(what, (kinds.get(what) ?? 0) + 1);
  return [
    `${pcs.length} PCs in ${stores} stores, ${acts} acts each; ${offices} office sessions with ${works} transactions each`,
    `batches of ${pcs.map(({ batchSize }) => batchSize).join(', ')}; clocks off by ${pcs.map(({ skew }) => `${skew / hour} h`).join(', ')}`,
    ...(deadlocks ? ['the office locks rows in any order'] : []),
    ...(timeoutMs === null ? [] : [`statements of PCs end after ${timeoutMs} ms`]),
    ...(copies > 0 ? [`${copies * 100} % of the batches arrive twice`] : []),
    ...(network.length > 0 ? [`network: ${[...kinds].map(([what, n]) => `${n} × ${what}`).join(', ')}`] : []),
    ...blows.map((blow) => `after ${blow.at} acts: ${blow.do}`),
  ];
}
