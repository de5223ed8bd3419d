import { createRhythm } from '#main/sync/rhythm.ts';
import type { FleetPc } from '../wire/fleet.ts';
import { wireSales } from '../wire/sale.ts';
import { busiest, salesPerSecond } from './day.ts';

/** What happened so far, over all PCs; times in milliseconds. */
export type Tally = {
  sales: number;
  rowsSent: number;
  rowsReceived: number;
  hints: number;
  connected: number;
  pushMs: number[];
  idlePullMs: number[];
  newsPullMs: number[];
  failures: Record<string, number>;
};

export function emptyTally(): Tally {
  return {
    sales: 0,
    rowsSent: 0,
    rowsReceived: 0,
    hints: 0,
    connected: 0,
    pushMs: [],
    idlePullMs: [],
    newsPullMs: [],
    failures: {},
  };
}

export type Shopping = {
  readonly tally: Tally;
  /** Where the day stands, 0 to 1. */
  readonly moment: () => number;
  /** How many times the sales of a real day. */
  readonly intensity: number;
  readonly pollMs: number;
};

/** Lets one PC sell, hear and poll as a real one until the function that is answered is called. */
export function goShopping(
  { pc, seller }: FleetPc,
  { tally, moment, intensity, pollMs }: Shopping,
): () => Promise<void> {
  const rhythm = createRhythm({ intervalMs: pollMs, random: Math.random, clock: () => performance.now() });
  let connected = false;
  let stopped = false;
  let working: Promise<void> = Promise.resolve();
  let again = false;
  let busy = false;
  let pollTimer: NodeJS.Timeout | undefined;
  let saleTimer: NodeJS.Timeout | undefined;

  const pull = async (): Promise<boolean> => {
    const started = performance.now();
    const { failure, rows } = await pc.pull();
    if (failure !== null) count(tally.failures, `pull ${failure}`);
    else (rows > 0 ? tally.newsPullMs : tally.idlePullMs).push(performance.now() - started);
    tally.rowsReceived += rows;
    return rows > 0;
  };

  const sell = async (): Promise<void> => {
    const sales = wireSales(seller, 1, 1 + Math.floor(Math.random() * 5), Math.random);
    const started = performance.now();
    const failure = await pc.push(sales);
    if (failure !== null) return count(tally.failures, `push ${failure}`);
    tally.pushMs.push(performance.now() - started);
    tally.sales += 1;
    tally.rowsSent += sales.rows;
  };

  /** One round after the other: what the daemon does. */
  const round = (selling: boolean): void => {
    if (stopped) return;
    if (busy && !selling) {
      again = true;
      return;
    }
    busy = true;
    clearTimeout(pollTimer);
    working = working.then(async () => {
      if (selling) await sell();
      const moved = await pull();
      busy = false;
      if (stopped) return;
      if (again) {
        again = false;
        round(false);
      } else {
        pollTimer = setTimeout(() => round(false), rhythm.afterRound(moved || selling, { connected, metered: false }));
      }
    });
  };

  /** Thinned from the busiest hour (Lewis and Shedler), so that the rate follows the day. */
  const nextCustomer = (): void => {
    const wait = (-Math.log(1 - Math.random()) / (busiest * intensity)) * 1000;
    saleTimer = setTimeout(() => {
      if (Math.random() < salesPerSecond(moment()) / busiest) round(true);
      nextCustomer();
    }, wait);
  };

  const deaf = pc.transport.listen(
    seller.deviceId,
    () => {
      tally.hints += 1;
      round(false);
    },
    (now) => {
      connected = now;
      tally.connected += now ? 1 : -1;
    },
  );
  pollTimer = setTimeout(() => round(false), Math.random() * pollMs);
  nextCustomer();

  return async () => {
    stopped = true;
    clearTimeout(pollTimer);
    clearTimeout(saleTimer);
    deaf();
    await working;
    await pc.close();
  };
}

function count(failures: Record<string, number>, what: string): void {
  failures[what] = (failures[what] ?? 0) + 1;
}
