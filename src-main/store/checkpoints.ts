import type { RawDatabase } from './open-database.ts';

/** Moves the write-ahead log into the database file in quiet moments, so that no sale waits for it. */
export type Checkpoints = {
  /** To be called after every commit. */
  committed(): void;
  stop(): void;
};

export type CheckpointDeps = {
  /** Calls back after so many milliseconds without keeping the process alive; returns the function that prevents it. */
  readonly after: (ms: number, work: () => void) => () => void;
  readonly now: () => number;
};

/** A moment is quiet after this long without a commit. */
const quietMs = 300;
/** Work that never pauses is interrupted after this long. */
const patienceMs = 15_000;

/** Without it SQLite would move the log inside the commit that happens to reach the limit: some ten milliseconds for one unlucky sale. */
export function createCheckpoints(raw: RawDatabase, { after, now }: CheckpointDeps): Checkpoints {
  let dirtySince: number | null = null;
  let cancel: (() => void) | null = null;
  let lastCommit = 0;

  const wait = (ms: number): void => {
    cancel = after(ms, () => {
      cancel = null;
      const quietFor = now() - lastCommit;
      const impatient = dirtySince !== null && now() - dirtySince >= patienceMs;
      if (quietFor >= quietMs || impatient) {
        try {
          // what cannot be moved now, because somebody still reads it, is moved next time
          raw.pragma('wal_checkpoint(PASSIVE)');
          dirtySince = null;
        } catch {
          // a full or failing disk: the log stays whole, the next commit tells people, and it is tried again
          wait(patienceMs);
        }
      } else {
        wait(quietMs - quietFor);
      }
    });
  };

  return {
    committed() {
      lastCommit = now();
      dirtySince ??= lastCommit;
      if (!cancel) wait(quietMs);
    },
    stop() {
      cancel?.();
      cancel = null;
    },
  };
}
