import { Worker } from 'node:worker_threads';
import type { AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import {
  type FromReader,
  type InputOf,
  type OutputOf,
  type ReaderData,
  type ReaderQueries,
  ReaderStopped,
  type ToReader,
} from './messages.ts';

export type ReaderPoolDeps = {
  /** The file of the threads' entry, from source or from the bundle. */
  readonly entry: string;
  readonly data: ReaderData;
  /** Threads at most. */
  readonly size: number;
  /** A thread without work for this long is ended, in milliseconds. */
  readonly idleMs: number;
  /** Calls back after so many milliseconds; the returned function prevents it. */
  readonly after: (ms: number, work: () => void) => () => void;
};

export type AskOptions = {
  /** Takes the question back: the promise is rejected with `ReaderStopped`. */
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total?: number) => void;
};

/** Threads that answer named queries on the store, so that the host's thread never scans. */
export interface ReaderPool<Q extends ReaderQueries> {
  /**
   * Asks a query by its name; the longest waiting question is answered first. Failures of the store are values; rejects with `ReaderStopped` when
   * it was taken back or the pool closed, and with an error when the query has a bug.
   */
  ask<N extends keyof Q & string>(
    name: N,
    input: InputOf<Q[N]>,
    options?: AskOptions,
  ): Promise<Result<OutputOf<Q[N]>, AppError>>;
  /** Threads that are there now, and questions that wait or are being answered. */
  readonly state: { readonly threads: number; readonly questions: number };
  /** Stops what runs at its next slice and ends all threads. To be awaited before the store is closed. */
  close(): Promise<void>;
}

type Question = {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
  readonly stop: Int32Array;
  readonly progress: AskOptions['progress'];
  readonly settle: (outcome: Result<unknown, AppError> | Error) => void;
};

type Thread = {
  readonly worker: Worker;
  question: Question | null;
  failure: Error | null;
  cancelIdle: (() => void) | null;
  closing: boolean;
};

export function createReaderPool<Q extends ReaderQueries>(deps: ReaderPoolDeps): ReaderPool<Q> {
  const threads = new Set<Thread>();
  const ends = new Set<Promise<void>>();
  let waiting: Question[] = [];
  let lastId = 0;
  let closed = false;

  const tell = (thread: Thread, message: ToReader): void => thread.worker.postMessage(message);
  const end = (thread: Thread): void => {
    thread.closing = true;
    thread.cancelIdle?.();
    tell(thread, { kind: 'close' });
  };
  const settle = (thread: Thread, outcome: Result<unknown, AppError> | Error): void => {
    const { question } = thread;
    thread.question = null;
    thread.worker.unref();
    question?.settle(outcome);
    assign();
    if (thread.question === null && !thread.closing && threads.has(thread)) rest(thread);
  };
  const rest = (thread: Thread): void => {
    thread.cancelIdle?.();
    thread.cancelIdle = deps.after(deps.idleMs, () => end(thread));
  };

  const start = (): Thread => {
    const worker = new Worker(deps.entry, { workerData: deps.data });
    const thread: Thread = { worker, question: null, failure: null, cancelIdle: null, closing: false };
    threads.add(thread);
    // the host may end while nobody asks anything
    worker.unref();
    worker.on('error', (error) => (thread.failure = error instanceof Error ? error : new Error(String(error))));
    worker.on('message', (message: FromReader) => heard(thread, message));
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        threads.delete(thread);
        thread.cancelIdle?.();
        ends.delete(ended);
        if (thread.question) settle(thread, thread.failure ?? new Error('A reader thread ended while it was reading'));
        else assign();
        resolve();
      });
    });
    ends.add(ended);
    return thread;
  };

  const heard = (thread: Thread, message: FromReader): void => {
    const { question } = thread;
    if (message.kind === 'ready' || question === null || message.id !== question.id) return;
    if (message.kind === 'progress') return question.progress?.(message.done, message.total);
    if (message.kind === 'answer') return settle(thread, ok(message.value));
    if (message.kind === 'stopped') return settle(thread, new ReaderStopped());
    settle(thread, message.error === null ? new Error(message.words) : fail(message.error));
  };

  const assign = (): void => {
    while (waiting.length > 0 && !closed) {
      const free = [...threads].find(({ question, closing }) => question === null && !closing);
      const thread = free ?? (threads.size < deps.size ? start() : null);
      const question = thread && waiting.shift();
      if (!thread || !question) return;
      thread.cancelIdle?.();
      thread.cancelIdle = null;
      thread.question = question;
      // somebody waits
      thread.worker.ref();
      const { id, name, input, stop } = question;
      tell(thread, { kind: 'ask', id, name, input, stop });
    }
  };

  const takeBack = (question: Question): void => {
    Atomics.store(question.stop, 0, 1);
    if (!waiting.includes(question)) return;
    waiting = waiting.filter((other) => other !== question);
    question.settle(new ReaderStopped());
  };

  return {
    ask: (name, input, { signal, progress } = {}) =>
      new Promise((resolve, reject) => {
        if (closed || signal?.aborted) return reject(new ReaderStopped());
        const onAbort = (): void => takeBack(question);
        const question: Question = {
          id: (lastId += 1),
          name,
          input,
          stop: new Int32Array(new SharedArrayBuffer(4)),
          progress,
          settle: (outcome) => {
            signal?.removeEventListener('abort', onAbort);
            if (outcome instanceof Error) reject(outcome);
            // The name chooses the query, and with it the type, which the compiler cannot follow through the thread.
            else resolve(outcome as Result<never, AppError>);
          },
        };
        signal?.addEventListener('abort', onAbort);
        waiting.push(question);
        assign();
      }),
    get state() {
      const busy = [...threads].filter(({ question }) => question !== null).length;
      return { threads: threads.size, questions: waiting.length + busy };
    },
    async close() {
      closed = true;
      for (const question of waiting) takeBack(question);
      for (const thread of threads) {
        // whoever waits for the end must live to see it
        thread.worker.ref();
        if (thread.question) Atomics.store(thread.question.stop, 0, 1);
        if (!thread.closing) end(thread);
      }
      await Promise.all(ends);
    },
  };
}
