/** When the daemon goes: how soon after a local commit, and how long until it asks the cloud by itself. Pure but for its own memory. */

export type RhythmOptions = {
  /** The longest time between two rounds while nothing tells this PC that something is new, in milliseconds. */
  readonly intervalMs: number;
  /** Lies in [0, 1). */
  readonly random: () => number;
  /** Milliseconds that never go back. */
  readonly clock: () => number;
};

export type Moment = {
  /** Whether the cloud tells this PC by itself when something is new. */
  readonly connected: boolean;
  /** Whether every byte costs. */
  readonly metered: boolean;
};

export type Rhythm = {
  /** Milliseconds to wait before the round that a local commit asks for. 0 takes one of the rounds that may follow at once. */
  forCommit(metered: boolean): number;
  /** Milliseconds until the next round after one that went well; `moved` says whether it sent or received anything. */
  afterRound(moved: boolean, moment: Moment): number;
};

/** So many rounds may follow one another without waiting: the sales of a busy till, each one sent at once. */
const atOnce = 10;
/** One more of them every so many milliseconds. Commits that come faster (an import) are gathered for that long. */
const refillMs = 200;
/** Where every byte costs, commits are gathered for this long. */
const meteredGatherMs = 30_000;
const meteredFactor = 20;
/** How far polling slows down while the cloud tells what is new: 15 s become 60 s. */
const slowest = 4;
const slowing = 1.5;

export function createRhythm({ intervalMs, random, clock }: RhythmOptions): Rhythm {
  let left = atOnce;
  let countedAt = clock();
  let factor = 1;

  const refill = (): void => {
    const steps = Math.floor((clock() - countedAt) / refillMs);
    if (steps <= 0) return;
    left = Math.min(atOnce, left + steps);
    countedAt += steps * refillMs;
  };

  return {
    forCommit(metered) {
      if (metered) return meteredGatherMs;
      refill();
      if (left === 0) return Math.max(1, countedAt + refillMs - clock());
      left -= 1;
      return 0;
    },
    afterRound(moved, { connected, metered }) {
      factor = moved || !connected ? 1 : Math.min(slowest, factor * slowing);
      // jittered, so that a thousand PCs do not come at the same moment
      return intervalMs * (metered ? meteredFactor : factor) * (0.8 + 0.2 * random());
    },
  };
}
