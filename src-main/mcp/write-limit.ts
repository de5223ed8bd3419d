/** How many changes one client may make in a minute: more than a person dictates, less than a loop that went wrong. */
export const writesPerMinute = 30;

const windowMs = 60_000;

/** Counts the writes of each client over the last minute. Answers whether one more may run, and counts it when it may. */
export function createWriteLimit(clock: () => number): (tokenId: string) => boolean {
  const writes = new Map<string, number[]>();
  return (tokenId) => {
    const now = clock();
    const recent = (writes.get(tokenId) ?? []).filter((at) => now - at < windowMs);
    const free = recent.length < writesPerMinute;
    if (free) recent.push(now);
    writes.set(tokenId, recent);
    return free;
  };
}
