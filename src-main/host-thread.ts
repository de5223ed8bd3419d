/** The host thread's entry: opens the host in this worker thread and serves it over the port to the main process. */
import { hostname } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { portChannel } from './host/carriers/port.ts';
import { serveChannel } from './host/carriers/remote.ts';
import { hostLogger } from './host/host-logger.ts';
import { openHost } from './host/open-host.ts';
import { realParts } from './host/real-parts.ts';
import { selfEnrol } from './host/self-enrol.ts';
import { toThread } from './host/thread-messages.ts';
import type { FromThread, HostThreadData } from './host/thread-messages.ts';
import { realTimers } from './host/timers.ts';

if (parentPort === null) throw new Error('host-thread.ts runs only as a worker thread');
const port = parentPort;
// The one who starts this thread is the shell of the same program; what it hands over was validated there.
const data = workerData as HostThreadData;
const log = hostLogger(data.paths.logs, 'host');
const tell = (message: FromThread): void => port.postMessage(message);

process.on('uncaughtException', (error) => {
  log.logger.error('host.crashed', { error });
  // The main process sees this thread end and says so to the operator; limping on could lose data.
  process.exit(1);
});

const opened = openHost({
  ...data,
  logger: log.logger,
  parts: realParts,
  timers: realTimers,
  now: Date.now,
  clock: () => performance.now(),
});

if (!opened.ok) {
  tell({ control: 'failed', error: opened.error });
  port.close();
} else {
  const host = opened.value;
  port.on('message', (message: unknown) => {
    const control = toThread.safeParse(message);
    if (!control.success) return;
    if (control.data.control === 'wake') host.wake(control.data.reason);
    else
      void host.stop().then(() => {
        log.close();
        port.close();
        // everything is closed; a timer that the cloud's client leaves behind must not keep the window's process waiting
        process.exit(0);
      });
  });
  serveChannel(host, portChannel(port));
  const { metricsPort } = await host.start();
  tell({ control: 'ready', metricsPort });
  await selfEnrol({ host, config: data.config, logger: log.logger, timers: realTimers, hostName: hostname() });
}
