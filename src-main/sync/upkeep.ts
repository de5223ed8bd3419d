/** When a PC tidies up after itself: once a day, while nobody sells. */
import type { Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { isDue, removeOld } from './retention.ts';

export type UpkeepDeps = {
  readonly store: Store;
  /** Milliseconds that never go back. */
  readonly clock: () => number;
  readonly yieldNow: () => Promise<void>;
  readonly log: Pick<Logger, 'info' | 'error'>;
};

export type Upkeep = {
  /** The cloud's clock, ms since 1970: nothing is called old before it was heard once, whatever this PC's clock shows. */
  heard(cloudNow: number): void;
  /** Somebody works here. */
  busy(): void;
  /** A round has ended with nothing to do. */
  idle(): void;
  stop(): Promise<void>;
};

/** Nobody has changed anything for so long. */
const quietMs = 60_000;

export function createUpkeep({ store, clock, yieldNow, log }: UpkeepDeps): Upkeep {
  let lastBusy = clock();
  let heardAt: { cloud: number; clock: number } | null = null;
  let stopped = false;
  let work: Promise<void> | null = null;

  const quiet = (): boolean => clock() - lastBusy >= quietMs;

  return {
    heard(cloudNow) {
      heardAt = { cloud: cloudNow, clock: clock() };
    },
    busy() {
      lastBusy = clock();
    },
    idle() {
      if (stopped || work || !heardAt || !quiet()) return;
      const now = heardAt.cloud + clock() - heardAt.clock;
      if (!isDue(store.read, now)) return;
      work = removeOld({ store, yieldNow, stopping: () => stopped || !quiet() }, now)
        .then((removed) => log.info('upkeep', removed))
        .catch((error: unknown) => log.error('upkeep-failed', { error: String(error) }))
        .finally(() => (work = null));
    },
    async stop() {
      stopped = true;
      await work;
    },
  };
}
