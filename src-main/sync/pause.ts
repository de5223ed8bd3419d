/** Why synchronisation rests, and until when; kept in the store, so that a restart does not end it. */
import { deleteMeta, readMeta, writeMeta } from '#main/store/meta.ts';
import type { ReadableDb, Store } from '#main/store/types.ts';

export type Pause = { readonly until: number | null; readonly reason: string };
/** `setAt`: what the clock showed then; a pause of an earlier version has none. */
type KeptPause = Pause & { readonly setAt?: number };

export type Pauses = {
  /** The pause in force; null when there is none or its end has come. Only looks. */
  current(): Pause | null;
  set(until: number | null, reason: string): void;
  end(): void;
  /** To be called at the start and when a pause may be over: the store says what is so. */
  settle(): void;
};

/** A clock that shows this much less than when the pause was set was set back meanwhile. */
const toleranceMs = 60_000;

/** The pause as the store has it: null when there is none or its end has passed by this clock. */
export function readPause(db: ReadableDb, now: number): Pause | null {
  const kept = readMeta<KeptPause | null>(db, 'pause') ?? null;
  return kept === null || (kept.until !== null && kept.until <= now)
    ? null
    : { until: kept.until, reason: kept.reason };
}

/**
 * Holds a pause to its length whatever is done to the PC's clock: it ends when the clock shows its end, or when its length has passed by
 * `clock` (ms that never go back). After a restart with a clock that was set back it takes its whole length once more.
 */
export function createPauses(store: Store, clock: () => number): Pauses {
  /** When the pause with this end is over by `clock`. */
  let deadline: { readonly until: number; readonly at: number } | null = null;

  const kept = (): KeptPause | null => readMeta<KeptPause | null>(store.read, 'pause') ?? null;
  const keep = (pause: KeptPause): void =>
    store.apply({ tables: ['_sync'], origin: 'local' }, (db) => writeMeta(db, 'pause', pause));
  const end = (): void => store.apply({ tables: ['_sync'], origin: 'local' }, (db) => deleteMeta(db, 'pause'));
  const wasSetBack = ({ setAt }: KeptPause): boolean => setAt !== undefined && store.now() < setAt - toleranceMs;

  const current = (): Pause | null => {
    const pause = kept();
    if (pause === null || pause.until === null) return pause;
    const { until, reason, setAt = 0 } = pause;
    if (deadline?.until !== until) {
      deadline = { until, at: clock() + until - (wasSetBack(pause) ? setAt : store.now()) };
    }
    return until > store.now() && clock() < deadline.at ? { until, reason } : null;
  };

  const set = (until: number | null, reason: string): void => {
    deadline = null;
    keep({ until, reason, setAt: store.now() });
    current();
  };

  return {
    current,
    set,
    end,
    settle() {
      const pause = kept();
      if (pause === null) return;
      if (current() === null) end();
      else if (pause.until !== null && wasSetBack(pause) && pause.setAt !== undefined)
        set(store.now() + pause.until - pause.setAt, pause.reason);
    },
  };
}
