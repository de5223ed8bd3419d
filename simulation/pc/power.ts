/** What a power cut takes from a PC: what the store has not had flushed to the disk yet. */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import type { Store, WritableDb } from '#main/store/types.ts';

/** SQLite's `synchronous` from which a commit is on the disk when it returns. */
const flushing = 2;

export type Powered = {
  readonly store: Store;
  /** Puts the closed file back to how it was before the first commit that was not flushed. */
  readonly cut: () => void;
};

/**
 * Watches with which setting each transaction of the store really commits. File and log are copied before the first one that is not flushed: that
 * is all a power cut is sure to leave. A flushed commit takes those before it along, because the log keeps their order.
 */
export function powered(store: Store, file: string): Powered {
  const kept = `${file}.kept`;
  let behind = false;

  const forget = (): void => {
    behind = false;
    for (const end of ['', '-wal']) rmSync(`${kept}${end}`, { force: true });
  };
  /** Nothing of the transaction itself is in file or log while its work begins. */
  const watched =
    <T>(work: (db: WritableDb) => T, onLevel: (level: number) => void) =>
    (db: WritableDb): T => {
      const level = db.get<{ synchronous: number }>('PRAGMA synchronous')?.synchronous ?? 0;
      onLevel(level);
      if (level < flushing && !behind) {
        forget();
        for (const end of ['', '-wal']) if (existsSync(`${file}${end}`)) copyFileSync(`${file}${end}`, `${kept}${end}`);
        behind = true;
      }
      return work(db);
    };
  const commit = <T>(run: (onLevel: (level: number) => void) => T): T => {
    let flushed = false;
    const value = run((level) => (flushed = level >= flushing));
    if (flushed && behind) forget();
    return value;
  };
  forget();
  return {
    store: {
      ...store,
      get writeTimes() {
        return store.writeTimes;
      },
      transaction: (actor, work) => commit((onLevel) => store.transaction(actor, watched(work, onLevel))),
      transactions: (actor, works) =>
        commit((onLevel) =>
          store.transactions(
            actor,
            works.map((work) => watched(work, onLevel)),
          ),
        ),
      apply: (change, work, durability) => commit((onLevel) => store.apply(change, watched(work, onLevel), durability)),
    },
    cut() {
      if (!behind) return;
      for (const end of ['-wal', '-shm', '']) rmSync(`${file}${end}`, { force: true });
      for (const end of ['', '-wal']) if (existsSync(`${kept}${end}`)) copyFileSync(`${kept}${end}`, `${file}${end}`);
      forget();
    },
  };
}
