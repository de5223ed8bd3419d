/** The entry of reader threads in tests. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ReaderContext, ReaderData } from '../messages.ts';
import { serveReader } from '../serve-reader.ts';

/** Queries for tests of the pool. */
export const testQueries = {
  names: ({ db }: ReaderContext, { like }: { like: string }) =>
    db.all<{ name: string }>('SELECT name FROM products WHERE name LIKE ? ORDER BY name', like).map(({ name }) => name),
  /** Counts twice, and between waits until the number at `gate` is not 0. */
  twice: ({ db, check, progress }: ReaderContext, { gate }: { gate: Int32Array }) => {
    const count = () => db.get<{ n: number }>('SELECT count(*) AS n FROM products')?.n ?? 0;
    const first = count();
    progress(1, 2);
    while (Atomics.wait(gate, 0, 0, 5) === 'timed-out') check();
    return [first, count()];
  },
  write: ({ db }: ReaderContext) => db.get('DELETE FROM products RETURNING id'),
  wrong: () => {
    throw new TypeError('a bug');
  },
  die: () => process.exit(3),
  missing: ({ db }: ReaderContext) => db.all('SELECT * FROM nowhere'),
};

// Imported by tests for its types it runs in no thread.
if (parentPort) serveReader(parentPort, workerData as ReaderData, testQueries);
