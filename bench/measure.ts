/** Percentiles of a list of milliseconds. */
export type Times = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };

export function times(samples: readonly number[]): Times {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: round(sorted.at(-1) ?? 0) };
}

/** Runs `work` and answers how many milliseconds it took. */
export function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Runs alternately, so that a busy moment of the machine hits both sides alike. */
export function interleaved(
  rounds: number,
  perRound: number,
  first: (i: number) => void,
  second: (i: number) => void,
): [number[], number[]] {
  const samples: [number[], number[]] = [[], []];
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const [side, work] of [first, second].entries()) {
      for (let i = 0; i < perRound; i += 1) samples[side]?.push(timed(() => work(turn * perRound + i)));
    }
  }
  return samples;
}
