/** Manila is UTC+8 all year. */
export const manilaOffsetMs = 8 * 3_600_000;
export const dayMs = 24 * 3_600_000;

/** Start of the Manila day that contains `at`, in ms UTC. */
export function manilaDayStart(at: number): number {
  return Math.floor((at + manilaOffsetMs) / dayMs) * dayMs - manilaOffsetMs;
}

/** The Manila calendar day of `at`, as YYYY-MM-DD. */
export function manilaDay(at: number): string {
  return new Date(at + manilaOffsetMs).toISOString().slice(0, 10);
}
