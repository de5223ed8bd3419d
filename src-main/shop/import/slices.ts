export type SliceDeps = {
  /** Milliseconds on a steady clock. */
  readonly monotonic: () => number;
  /** Resolves after everything else that waits in the event loop had its turn. */
  readonly yieldNow: () => Promise<void>;
};

/** The longest that an import keeps the thread, in milliseconds, apart from a disk that takes longer for one commit. */
export const sliceMs = 8;

/** Keeps the time since the event loop last had its turn. */
export type Slices = {
  /** Milliseconds left of this slice. */
  left: () => number;
  /** Gives way when half of this slice is used up, or at once when `now` is set. */
  rest: (now?: boolean) => Promise<void>;
};

export function createSlices({ monotonic, yieldNow }: SliceDeps): Slices {
  let started = monotonic();
  return {
    left: () => sliceMs - (monotonic() - started),
    rest: async (now = false) => {
      if (!now && monotonic() - started < sliceMs / 2) return;
      await yieldNow();
      started = monotonic();
    },
  };
}
