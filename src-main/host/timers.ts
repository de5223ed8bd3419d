/** The way to later: injected so that a test or simulation can own time. */
export type Timers = {
  /** Calls once after so many milliseconds; the returned function cancels. */
  after(ms: number, work: () => void): () => void;
};

/** Real timers. They never keep a process alive that has nothing else to do. */
export const realTimers: Timers = {
  after(ms, work) {
    const timer = setTimeout(work, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
