/** What the process that runs a world says to the processes in which its PCs live, and what they answer. */
import type { SyncFailure } from './pc-failures.ts';
import type { LoggedOperation, View } from '../pc/view.ts';

export type PcOrder = {
  readonly index: number;
  /** Null for a PC that is enrolled already: its process was killed. */
  readonly code: string | null;
  readonly seed: number;
  /** How often its process was started. */
  readonly life: number;
  readonly batchSize: number;
  readonly skew: number;
  /** The last operation that is known of it. */
  readonly lastSeq: number;
};

export type Order =
  | {
      readonly do: 'open';
      readonly url: string;
      readonly anonKey: string;
      readonly folder: string;
      readonly copies: number;
      readonly pcs: readonly PcOrder[];
    }
  /** Does the acts from one number up to another one, at each PC. */
  | {
      readonly do: 'work';
      readonly acts: ReadonlyMap<number, readonly [from: number, to: number]>;
      readonly everyMs: number;
    }
  | { readonly do: 'look' }
  /** Sends and receives until nothing is left to do, or for so long. */
  | { readonly do: 'rest'; readonly patienceMs: number }
  | { readonly do: 'verify' }
  | { readonly do: 'close' };

/** What a PC's store shows at one moment, and what its daemon said up to then. */
export type Seen = {
  readonly index: number;
  readonly deviceId: string;
  readonly storeId: string;
  readonly view: View;
  /** The last operation that had returned to somebody. */
  readonly heard: number;
  /** The key under which the cloud knows each local transaction. */
  readonly keys: ReadonlyMap<number, string>;
  readonly failures: readonly SyncFailure[];
  /** What rounds that failed were told. */
  readonly errors: readonly string[];
  /** Verifications that had to mend something. */
  readonly mended: number;
};

/** How far a PC came while it was to rest. */
export type Rested = {
  readonly index: number;
  readonly waiting: number;
  readonly stuck: number;
  /** What it had refused or waiting behind such a one before a person took it back. */
  readonly letters: View['letters'];
  readonly cursors: ReadonlyMap<string, number>;
  readonly failure: string | null;
};

export type Verified = { readonly index: number; readonly problem: string | null };

export type Answers = {
  readonly open: null;
  readonly work: null;
  readonly look: readonly Seen[];
  readonly rest: readonly Rested[];
  readonly verify: readonly Verified[];
  readonly close: null;
};

export type Envelope = { readonly id: number; readonly order: Order };
export type Report =
  | { readonly say: 'done'; readonly id: number; readonly value: Answers[keyof Answers] }
  | { readonly say: 'broken'; readonly id: number; readonly error: string }
  /** Somebody did something at a PC, and it returned to them. */
  | { readonly say: 'did'; readonly pc: number; readonly act: number; readonly operations: readonly LoggedOperation[] };
