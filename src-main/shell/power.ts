import { net, powerMonitor } from 'electron';
import type { Logger } from '#main/telemetry/logger.ts';

export type PowerDeps = {
  readonly wake: (reason: 'network' | 'resume') => void;
  /** The operating system ends the session: finish and end. */
  readonly shutdown: () => void;
  readonly logger: Logger;
  /** Starts something again and again; the returned function ends it. */
  readonly every: (ms: number, work: () => void) => () => void;
};

/** How often the network's presence is asked for, in milliseconds: Electron has no event for it in this process. */
const askMs = 5000;

/** Tells the host when the PC wakes up and when the network comes back. Returns the function that ends it. */
export function watchPower(deps: PowerDeps): () => void {
  let online = net.isOnline();
  powerMonitor.on('suspend', () => deps.logger.info('shell.suspend'));
  powerMonitor.on('resume', () => deps.wake('resume'));
  powerMonitor.on('shutdown', deps.shutdown);
  return deps.every(askMs, () => {
    const now = net.isOnline();
    if (now && !online) deps.wake('network');
    online = now;
  });
}
