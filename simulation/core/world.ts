/** A simulated world: stores, PCs, an office with two people, and what is under way between them. All of it follows from the seed. */
import { join } from 'node:path';
import { createFeedMirror, type FeedMirror } from '../cloud/feed-mirror.ts';
import { createNetwork, type Network } from '../cloud/network.ts';
import { createOffice, uuid, type Office } from '../cloud/office.ts';
import type { SimCloud } from '../cloud/sim-cloud.ts';
import type { Day } from '../pc/acts.ts';
import { createSimPc, type PcPlan, type SimPc } from '../pc/sim-pc.ts';
import type { StoreTemplate } from '../pc/store-template.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { randomFrom, type Random } from './random.ts';
import { createTimers, type Timers } from './time.ts';

const day = 86_400_000;
/** When every simulated world begins. */
export const beginning = 1_800_000_000_000;

export type Plan = {
  readonly pcs: readonly PcPlan[];
  readonly stores: number;
  readonly products: number;
  readonly customers: number;
  readonly steps: number;
  /** How much goes wrong: 0 nothing, 1 about every fifth call. */
  readonly trouble: number;
  /** How much the office does. */
  readonly office: number;
  /** Whether PCs may be removed from their store. */
  readonly revokes: boolean;
  /** What happens to disks and to the cloud itself; null in the deterministic tier. */
  readonly life: Life | null;
  /** Whether every PC is up to date when the story begins: else most of it is about filling them. */
  readonly filled: boolean;
  /** How often people take the first record of its kind, where they meet. */
  readonly busy: number;
  readonly day: Day;
};

/** One kind for each world, so that its story stays readable. */
export const lives = ['restore', 'clone', 'rewind', 'epoch', 'prune', 'enrol anew', 'months'] as const;
export type Life = (typeof lives)[number];

export type World = {
  readonly seed: number;
  readonly plan: Plan;
  readonly cloud: SimCloud;
  readonly mirror: FeedMirror;
  readonly network: Network;
  readonly timers: Timers;
  readonly ledger: Ledger;
  readonly offices: readonly Office[];
  readonly pcs: SimPc[];
  /** PCs that may not have noticed yet that the cloud was set back: what they believe of it is of another history. */
  readonly unaware: Set<SimPc>;
  /** Moments to go back to. */
  readonly kept: { cloud: (() => Promise<void>) | null; readonly disks: Map<number, { file: string; last: number }> };
  /** Starts another PC on a copy of a PC's disk. */
  readonly clone: (pc: SimPc) => Promise<void>;
  /** Gives a PC a place of its own in the cloud anew, with the device id; it begins to take it. */
  readonly enrolAnew: (pc: SimPc, deviceId: string) => Promise<void>;
  readonly storeIds: readonly string[];
  /** The cloud's clock in microseconds; it never stands still. */
  readonly clock: () => number;
  readonly close: () => void;
};

export function planOf(seed: number, tier: Tier): Plan {
  const random = randomFrom(seed);
  const stores = 1 + random.int(2);
  const count = 2 + random.int(3);
  const skew = (): number => {
    const kind = random.int(6);
    if (kind < 3) return random.int(2000) - 1000;
    return kind === 3 ? -day : random.int(2) * 365 * day + random.int(3_600_000);
  };
  const pcs = Array.from({ length: count }, (_, i) => ({
    // the first two share a store, so that there is always somebody to meet
    store: i < 2 ? 0 : random.int(stores),
    batchSize: random.pick([1, 2, 3, 5, 8, 12, 40, 500]),
    pageRows: random.pick([1, 2, 3, 5, 9, 20, 2000]),
    skew: skew(),
  }));
  const life = tier === 'life' ? random.pick(lives) : null;
  return {
    pcs,
    stores,
    products: 3 + random.int(4),
    customers: 1 + random.int(4),
    steps: 90 + random.int(110),
    trouble: random.pick([0, 0.3, 0.7, 1, 1.5]),
    office: random.pick([0, 0.5, 1, 2]),
    revokes: random.chance(0.25) && tier === 'deterministic',
    life,
    ...(tier === 'deterministic'
      ? {
          filled: random.chance(0.7),
          busy: random.pick([0.35, 0.6, 0.9]),
          day: random.pick<Day>(['mixed', 'mixed', 'records', 'counter']),
        }
      : { filled: life === 'rewind' || random.chance(0.5), busy: 0.35, day: 'mixed' }),
  };
}

/** Which kind of world: the same seed gives another one in each. */
export type Tier = 'deterministic' | 'life';

export type WorldDeps = {
  readonly cloud: SimCloud;
  readonly folder: string;
  readonly template: StoreTemplate;
  readonly tier: Tier;
};

/** Builds the world of a seed in a cloud and a folder that are its own until it is closed. */
export async function createWorld(seed: number, { cloud, folder, template, tier }: WorldDeps): Promise<World> {
  const plan = planOf(seed, tier);
  const random = randomFrom(seed * 3 + 1);
  await cloud.reset();
  const timers = createTimers(beginning);
  const network = createNetwork();
  const ledger = createLedger(timers.now);
  const mirror = createFeedMirror(cloud.admin);
  let tick = 0;
  const clock = (): number => timers.now() * 1000 + (tick += 1);

  const storeIds = Array.from({ length: plan.stores }, () => uuid(random));
  await furnish(cloud, plan, storeIds, random, clock());
  const pcs: SimPc[] = [];
  for (const [index, pcPlan] of plan.pcs.entries()) {
    const file = join(folder, `pc${index}.db`);
    template.copyTo(file);
    const storeId = storeIds[pcPlan.store] ?? '';
    const caller = { deviceId: uuid(random), storeId, authUser: uuid(random) };
    await enrol(cloud, caller, index + 1, clock());
    const enrolment = {
      deviceId: caller.deviceId,
      deviceName: `PC ${index + 1}`,
      storeId,
      storeName: `Store ${pcPlan.store + 1}`,
      counter: index + 1,
      epoch: 1,
    };
    pcs.push(await createSimPc({ index, plan: pcPlan, seed, file, caller, enrolment, ledger, network, timers }));
  }
  const offices = [0, 1].map((i) =>
    createOffice({ line: `office ${i}`, cloud, mirror, ledger, stores: storeIds, busy: plan.busy }),
  );
  const clone = async (pc: SimPc): Promise<void> => {
    const index = pcs.length;
    const file = join(folder, `pc${index}.db`);
    const last = pc.view.log.at(-1)?.seq ?? 0;
    pc.backUp(file);
    ledger.branch(index, pc.index, last);
    pc.mayFork = true;
    const pcPlan = plan.pcs[pc.index] as PcPlan;
    pcs.push(
      await createSimPc({
        index,
        plan: pcPlan,
        seed,
        file,
        caller: pc.caller,
        enrolment: null,
        ledger,
        network,
        timers,
      }),
    );
  };
  let counters = plan.pcs.length;
  const enrolAnew = async (pc: SimPc, deviceId: string): Promise<void> => {
    const { storeId } = pc.caller;
    const counter = (counters += 1);
    await enrol(cloud, { deviceId, storeId, authUser: deviceId }, counter, clock());
    pc.enrolAnew({ deviceId, deviceName: `PC ${counter}`, storeId, storeName: 'Store', counter, epoch: 1 });
  };
  return {
    enrolAnew,
    unaware: new Set(),
    kept: { cloud: null, disks: new Map() },
    clone,
    seed,
    plan,
    cloud,
    mirror,
    network,
    timers,
    ledger,
    offices,
    pcs,
    storeIds,
    clock,
    close: () => pcs.forEach((pc) => pc.close()),
  };
}

async function furnish(
  cloud: SimCloud,
  plan: Plan,
  storeIds: readonly string[],
  random: Random,
  clock: number,
): Promise<void> {
  await cloud.admin.query(`set sim.clock = '${clock}'`);
  await cloud.admin.query(
    `insert into public.stores (id, code, name, region, province, city, barangay)
     select id, 'S' || n, 'Store ' || n, 'NCR', 'MM', 'Manila', 'Tondo' from unnest($1::uuid[]) with ordinality s(id, n)`,
    [storeIds],
  );
  await cloud.admin.query(
    `insert into public.products (id, sku, name, category, unit, price, cost, active)
     select id, 'P' || n, 'Product ' || n, 'c', 'pc', 100 * n, 50 * n, true from unnest($1::uuid[]) with ordinality p(id, n)`,
    [Array.from({ length: plan.products }, () => uuid(random))],
  );
  for (const storeId of storeIds)
    await cloud.admin.query(
      `insert into public.customers (id, store_id, name, credit_limit) select id, $2, 'Customer ' || n, 1000 from unnest($1::uuid[]) with ordinality c(id, n)`,
      [Array.from({ length: plan.customers }, () => uuid(random)), storeId],
    );
}

async function enrol(
  cloud: SimCloud,
  caller: { deviceId: string; storeId: string; authUser: string },
  counter: number,
  clock: number,
): Promise<void> {
  await cloud.admin.query(`set sim.clock = '${clock}'`);
  await cloud.admin.query(
    'insert into sync.devices (id, store_id, auth_user, scopes, counter) values ($1, $2, $3, $4, $5)',
    [caller.deviceId, caller.storeId, caller.authUser, ['chain', `store:${caller.storeId}`], counter],
  );
  await cloud.admin.query(
    `insert into public.devices (id, store_id, name, enrolled_at) values ($1, $2, $3, to_timestamp($4))`,
    [caller.deviceId, caller.storeId, `PC ${counter}`, beginning / 1000],
  );
}
