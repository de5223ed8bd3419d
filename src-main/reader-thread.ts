/** The entry of reader threads: answers the named queries of the services over a read-only connection of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { scoutQueries } from './services/scout/queries.ts';
import type { ReaderData } from './store/readers/messages.ts';
import { serveReader } from './store/readers/serve-reader.ts';

if (parentPort === null) throw new Error('reader-thread.ts runs only as a worker thread');
// The one who starts this thread is the host of the same program.
serveReader(parentPort, workerData as ReaderData, scoutQueries);
