/** Virtual time: it stands still until the schedule moves it. */
export type Timers = {
  /** Milliseconds since 1970 as the simulated world counts them; PCs see it with a skew of their own. */
  readonly now: () => number;
  /** Lets time pass without calling anybody back. */
  readonly pass: (ms: number) => void;
  readonly setTimer: (owner: string, callback: () => void, ms: number) => () => void;
  /** Moves time to the next timer and calls it; answers its owner, or null when there is none. */
  readonly fireNext: () => string | null;
  /** When the next timer is due; null when there is none. */
  readonly nextAt: () => number | null;
  /** Forgets the timers of one that died. */
  readonly drop: (owner: string) => void;
};

type Timer = { readonly at: number; readonly order: number; readonly owner: string; readonly callback: () => void };

export function createTimers(start: number): Timers {
  let now = start;
  let order = 0;
  const timers = new Set<Timer>();
  const next = (): Timer | undefined => [...timers].toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
  return {
    now: () => now,
    pass: (ms) => {
      now += ms;
    },
    setTimer(owner, callback, ms) {
      const timer = { at: now + Math.ceil(Math.max(0, ms)), order: (order += 1), owner, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    fireNext() {
      const timer = next();
      if (!timer) return null;
      timers.delete(timer);
      now = Math.max(now, timer.at);
      timer.callback();
      return timer.owner;
    },
    nextAt: () => next()?.at ?? null,
    drop(owner) {
      for (const timer of timers) if (timer.owner === owner) timers.delete(timer);
    },
  };
}
