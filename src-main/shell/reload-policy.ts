/** Says whether a crashed window may be loaded again: at most `limit` times within `windowMs`. */
export function createReloadPolicy(limit: number, windowMs: number, now: () => number): () => boolean {
  let crashes: number[] = [];
  return () => {
    const at = now();
    crashes = [...crashes.filter((crash) => at - crash < windowMs), at];
    return crashes.length <= limit;
  };
}
