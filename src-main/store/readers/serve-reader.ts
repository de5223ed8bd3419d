import type { MessagePort } from 'node:worker_threads';
import { openDatabase, storeErrorOf } from '../open-database.ts';
import { createDb } from '../sql-db.ts';
import { type FromReader, type ReaderData, type ReaderQueries, ReaderStopped, type ToReader } from './messages.ts';

/**
 * Serves named queries in a thread of their own over a read-only connection, one after the other, until it is told to close. Throws when the store
 * cannot be opened: the thread ends with it, and the pool says so to those who asked.
 */
export function serveReader(port: MessagePort, data: ReaderData, queries: ReaderQueries): void {
  const opened = openDatabase({ ...data, readonly: true });
  if (!opened.ok) throw new Error(`${opened.error.code}: ${opened.error.detail ?? ''}`);
  const raw = opened.value;
  const db = createDb(raw);
  const tell = (message: FromReader): void => port.postMessage(message);

  const answer = async ({ id, name, input, stop }: Extract<ToReader, { kind: 'ask' }>): Promise<void> => {
    const check = (): void => {
      if (Atomics.load(stop, 0) !== 0) throw new ReaderStopped();
    };
    try {
      const query = queries[name];
      if (query === undefined || !Object.hasOwn(queries, name)) throw new Error(`No reader query is called ${name}`);
      check();
      // one state of the store from the first statement to the last
      raw.exec('BEGIN');
      try {
        const progress = (done: number, total?: number): void => tell({ kind: 'progress', id, done, total });
        tell({ kind: 'answer', id, value: await query({ db, check, progress }, input as never) });
      } finally {
        raw.exec('ROLLBACK');
      }
    } catch (error) {
      if (error instanceof ReaderStopped) return tell({ kind: 'stopped', id });
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      tell({ kind: 'failed', id, error: storeErrorOf(error), words });
    }
  };

  let last: Promise<void> = Promise.resolve();
  // The pool of the same program is the only one at the other end of this port.
  port.on('message', (message: ToReader) => {
    last = last.then(async () => {
      if (message.kind === 'ask') return answer(message);
      raw.close();
      port.close();
    });
  });
  tell({ kind: 'ready' });
}
