import type { Result } from '#shared/result.ts';
import type { Store } from '#main/store/types.ts';
import type { RunCounts } from './runs.ts';
import type { Transport, TransportFailure } from './transport/types.ts';

/** What the steps of a cycle work with. */
export type CycleDeps = {
  readonly store: Store;
  readonly transport: Transport;
  /** Operations in a batch, at most, unless one transaction is larger. */
  readonly batchSize: number;
  /** Rows in a page, about. */
  readonly pageSize: number;
  readonly yieldNow: () => Promise<void>;
  readonly stopping: () => boolean;
  /** Whether only what cannot wait should travel. */
  readonly sparing: () => boolean;
  /** This PC is another device from now on. */
  readonly onNewIdentity: () => void;
  /** What the cloud's clock shows, in ms since 1970. */
  readonly onCloudClock: (now: number) => void;
  readonly onPhase: (phase: 'pushing' | 'pulling', done: number, total: number) => void;
};

/** One half of a cycle; what it did is added to the counts as it happens. */
export type Step = (counts: RunCounts) => Promise<Result<null, TransportFailure>>;
