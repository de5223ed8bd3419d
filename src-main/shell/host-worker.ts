import { Worker } from 'node:worker_threads';
import type { AppError } from '#shared/contract/errors.ts';
import { portChannel } from '#main/host/carriers/port.ts';
import type { PortLike } from '#main/host/carriers/port.ts';
import { callOver } from '#main/host/carriers/remote.ts';
import type { RemoteCaller } from '#main/host/carriers/remote.ts';
import { fromThread } from '#main/host/thread-messages.ts';
import type { HostThreadData, ToThread } from '#main/host/thread-messages.ts';

export type HostWorker = {
  /** Usable at once: calls wait in line until the host has opened its store. */
  readonly caller: RemoteCaller;
  wake(reason: 'network' | 'resume'): void;
  /** Lets the host finish and close its store. Resolves when the thread has ended; it is never torn down. */
  stop(): Promise<void>;
};

export type HostWorkerEvents = {
  readonly onReady: (metricsPort: number) => void;
  /** The store could not be opened; the thread ends by itself. */
  readonly onFailed: (error: AppError) => void;
  /** The thread ended although nobody asked it to, after it was started. */
  readonly onDied: (error: Error | null) => void;
};

/** Starts the host in its own thread. `entry` is the thread's file, from source or from the bundle. */
export function startHostWorker(entry: string, data: HostThreadData, events: HostWorkerEvents): HostWorker {
  const worker = new Worker(entry, { workerData: data });
  const tell = (message: ToThread): void => worker.postMessage(message);
  let expected = false;
  let lastError: Error | null = null;
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      if (!expected) events.onDied(lastError);
      resolve();
    });
  });
  worker.on('error', (error) => {
    lastError = error instanceof Error ? error : new Error(String(error));
  });
  worker.on('message', (message: unknown) => {
    const parsed = fromThread.safeParse(message);
    if (!parsed.success) return;
    if (parsed.data.control === 'ready') return events.onReady(parsed.data.metricsPort);
    expected = true;
    events.onFailed(parsed.data.error);
  });
  return {
    caller: callOver(portChannel(asPort(worker))),
    wake: (reason) => tell({ control: 'wake', reason }),
    stop: () => {
      expected = true;
      tell({ control: 'close' });
      return ended;
    },
  };
}

/** A worker seen as the message port it contains; the line is closed when the thread has ended. */
function asPort(worker: Worker): PortLike {
  return {
    postMessage: (message) => worker.postMessage(message),
    on: (event, listener) => worker.on(event === 'close' ? 'exit' : 'message', listener),
    close: () => worker.postMessage({ control: 'close' } satisfies ToThread),
  };
}
