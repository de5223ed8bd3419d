import type { Step } from '../core/steps.ts';

/** What a run of one seed came to. */
export type SeedResult = {
  readonly seed: number;
  readonly ms: number;
  /** The trace's hash where a tier is deterministic; null elsewhere. */
  readonly hash: string | null;
  readonly checks: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
  readonly violation: SeedViolation | null;
};

export type SeedViolation = {
  readonly invariant: string;
  readonly message: string;
  /** The story in plain words, as short as it could be made; what is known of the run where there are no steps to play again. */
  readonly story: readonly string[];
  /** The shortened steps, for `--story`. */
  readonly steps: readonly Step[];
  /** Every step of the run that failed, with what came of it, as it was: evidence for when the replay does not fail. */
  readonly trace: readonly string[];
};

export type TierOptions = {
  readonly from: number;
  readonly to: number;
  readonly workers: number;
  /** Runs every seed twice and compares the traces. */
  readonly twice: boolean;
  readonly shrink: boolean;
  /** Ends at the first violation. */
  readonly firstOnly: boolean;
  readonly say: (line: string) => void;
  readonly onResult: (result: SeedResult) => void;
};

/** One tier of the proof. `run` calls `onResult` for each seed. */
export type Tier = { readonly run: (options: TierOptions) => Promise<void> };
