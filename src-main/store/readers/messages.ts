import type { AppError } from '#shared/contract/errors.ts';
import type { OpenOptions } from '../open-database.ts';
import type { ReadableDb } from '../types.ts';

/** What a reader thread is started with. */
export type ReaderData = Pick<OpenOptions, 'file' | 'key' | 'nativeBinding'>;

/** What a query gets beside its input. */
export type ReaderContext = {
  readonly db: ReadableDb;
  /** Throws `ReaderStopped` when the question was taken back; long queries call it between slices of some ten milliseconds. */
  readonly check: () => void;
  /** Tells the asker how far the work is. */
  readonly progress: (done: number, total?: number) => void;
};

/** A named query: plain data in, plain data out. */
export type ReaderQuery<I, O> = (context: ReaderContext, input: I) => O | Promise<O>;

// The inputs differ from query to query; each is checked where the query is asked by its name.
export type ReaderQueries = Readonly<Record<string, ReaderQuery<never, unknown>>>;

export type InputOf<Q> = Q extends ReaderQuery<infer I, unknown> ? I : never;
export type OutputOf<Q> = Q extends ReaderQuery<never, infer O> ? Awaited<O> : never;

/** The question was taken back, or the readers are closing. */
export class ReaderStopped extends Error {
  override readonly name = 'ReaderStopped';
}

/** From the host to a thread. `stop` is one shared number: not 0 once the answer is no longer wanted. */
export type ToReader =
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly name: string;
      readonly input: unknown;
      readonly stop: Int32Array;
    }
  | { readonly kind: 'close' };

/** And back. */
export type FromReader =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly id: number; readonly done: number; readonly total: number | undefined }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'stopped'; readonly id: number }
  /** An expected failure of the store, or null and the words of a bug. */
  | { readonly kind: 'failed'; readonly id: number; readonly error: AppError | null; readonly words: string };
