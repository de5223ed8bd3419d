/** A small seeded generator (mulberry32): the same seed gives the same numbers everywhere. Not for secrets. */
export type Random = {
  /** From 0 up to but not including 1. */
  next: () => number;
  /** An integer from 0 up to but not including `count`. */
  below: (count: number) => number;
  /** An index, each as likely as its weight. */
  weighted: (weights: readonly number[]) => number;
};

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (count) => Math.floor(next() * count),
    weighted: (weights) => {
      let left = next() * weights.reduce((sum, weight) => sum + weight, 0);
      const found = weights.findIndex((weight) => (left -= weight) < 0);
      return found < 0 ? weights.length - 1 : found;
    },
  };
}
