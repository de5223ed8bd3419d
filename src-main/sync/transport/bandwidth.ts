/** Holds traffic to so many bytes a second: what was used too much is waited off before more is asked for. */

export type Limits = { readonly up: number | null; readonly down: number | null };

export type Bandwidth = {
  /** Bytes per second; null: as fast as it goes. Whoever waits goes on by the new limits. */
  limit(limits: Limits): void;
  limited(): boolean;
  /** Resolves when so many bytes may be sent. */
  send(bytes: number): Promise<void>;
  /** Resolves when more may be received after so many bytes were. */
  received(bytes: number): Promise<void>;
};

export type BandwidthDeps = {
  /** Milliseconds that never go back. */
  readonly clock: () => number;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
};

export function createBandwidth(deps: BandwidthDeps): Bandwidth {
  const up = createBucket(deps);
  const down = createBucket(deps);
  return {
    limit(limits) {
      up.rate(limits.up);
      down.rate(limits.down);
    },
    limited: () => up.limited() || down.limited(),
    send: (bytes) => up.take(bytes),
    received: (bytes) => down.take(bytes),
  };
}

/** Each one waits for what was taken before it; what it takes itself the next one waits for. */
function createBucket({ clock, setTimer }: BandwidthDeps) {
  let perSecond: number | null = null;
  /** When what was taken so far is paid for. */
  let paidAt = 0;
  const waiting = new Set<() => void>();

  return {
    limited: () => perSecond !== null,
    rate(next: number | null): void {
      if (next === perSecond) return;
      const now = clock();
      const owed = perSecond === null ? 0 : (Math.max(0, paidAt - now) * perSecond) / 1000;
      perSecond = next;
      paidAt = next === null ? now : now + (owed * 1000) / next;
      for (const again of waiting) again();
    },
    async take(bytes: number): Promise<void> {
      for (;;) {
        if (perSecond === null) return;
        const now = clock();
        if (paidAt <= now) {
          paidAt = now + (bytes * 1000) / perSecond;
          return;
        }
        await new Promise<void>((resolve) => {
          const done = (): void => {
            waiting.delete(done);
            cancel();
            resolve();
          };
          const cancel = setTimer(done, paidAt - now);
          waiting.add(done);
        });
      }
    },
  };
}
