import type { Result } from '#shared/result.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Economy, EconomySettings } from '#shared/contract/economy.ts';
import type { Identity } from '#main/store/types.ts';

/** What the daemon says of itself; numbers about the queue come from the store, never from memory. */
export type DaemonStatus = {
  readonly phase: 'idle' | 'pushing' | 'pulling';
  readonly nextAttemptAt: number | null;
  readonly failure: AppError | null;
  readonly progress: { done: number; total: number } | null;
};

/** What a comparison with the cloud found. What differed is mended when this is read. */
export type VerificationReport = {
  readonly depth: 'versions' | 'content';
  /** Nothing differed. */
  readonly equal: boolean;
  /** Why nothing was compared; null when it was. */
  readonly reason: string | null;
  /** Rows here and in the cloud, buckets of rows that differed, and rows that were put right. */
  readonly tables: readonly {
    table: string;
    rows: number;
    cloudRows: number;
    differingBuckets: number;
    repaired: number;
  }[];
  /** Rows that the cloud had and this PC had not, the reverse, with other values, and with a wrong version. */
  readonly repaired: {
    readonly missing: number;
    readonly extra: number;
    readonly different: number;
    readonly version: number;
  };
};

/** The sync daemon of one PC: sends what was captured, receives what others did, again and again, by itself. */
export interface Daemon {
  start(): void;
  /** Ends after the step at hand; whatever was in flight is repeated safely at the next start. */
  stop(): Promise<void>;
  /** Starts a cycle now, or right after the one at hand. */
  wake(reason: 'local' | 'realtime' | 'network' | 'operator' | 'resume'): void;
  pause(until: number | null, reason: string): void;
  resume(): void;
  economy(): Economy;
  setEconomy(settings: EconomySettings): void;
  /** Whether every byte costs on this network, as far as the operating system says; null when it does not. */
  tellNetwork(metered: boolean | null): void;
  status(): DaemonStatus;
  onStatus(listener: () => void): () => void;
  /** Compares all rows with the cloud's and mends what differs, after the cycle at hand. */
  verify(depth?: 'versions' | 'content'): Promise<Result<VerificationReport, AppError>>;
  /** Chooses scopes and row windows in days (null: everything); it takes effect at once. `not-granted` names scopes that a supervisor has not allowed. */
  chooseScopes(
    scopes: readonly string[],
    windows: Readonly<Record<string, number | null>>,
  ): Promise<Result<null, AppError>>;
  /** Runs `work` while no cycle does: the one at hand ends after its step, the next one comes afterwards. */
  alone<T>(work: () => T | Promise<T>): Promise<T>;
  enrol(code: string, deviceName: string): Promise<Result<Identity, AppError>>;
}
