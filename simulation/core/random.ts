/** Numbers from a seed: the only source of chance in a simulated run. */
export type Random = {
  /** In [0, 1). */
  readonly next: () => number;
  /** An integer from 0 to `below` - 1. */
  readonly int: (below: number) => number;
  readonly chance: (share: number) => boolean;
  readonly pick: <T>(list: readonly T[]) => T;
  /** One of the entries, by weight; entries of weight 0 are never taken. */
  readonly weighted: <T>(entries: readonly (readonly [weight: number, value: T])[]) => T;
};

/** mulberry32: small, quick, the same on every machine. */
export function randomFrom(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  // numbers of neighbouring seeds are alike at first
  for (let i = 0; i < 8; i += 1) next();
  const int = (below: number): number => Math.floor(next() * below);
  return {
    next,
    int,
    chance: (share) => next() < share,
    pick: (list) => {
      if (list.length === 0) throw new Error('Nothing to pick from');
      return list[int(list.length)] as (typeof list)[number];
    },
    weighted: (entries) => {
      let left = next() * entries.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of entries) {
        left -= weight;
        if (weight > 0 && left < 0) return value;
      }
      const last = entries.findLast(([weight]) => weight > 0);
      if (!last) throw new Error('Nothing to choose from');
      return last[1];
    },
  };
}

/** Bytes for ids from a seed. */
export function bytesFrom(random: Random): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = random.int(256);
    return bytes;
  };
}
