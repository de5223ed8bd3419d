import type { Config } from '#main/config/read-config.ts';
import type { Daemon } from '#main/sync/types.ts';
import { isPassing } from './status.ts';
import type { Timers } from './timers.ts';

export type UnreachableDeps = { readonly timers: Timers; readonly now: () => number; readonly config: Config };

/** Two rounds may fail before an operator needs to hear of it. */
export function graceMs(config: Config): number {
  return config.syncIntervalMs * 2;
}

/** Remembers since when the cloud has been out of reach, and tells when that is long enough to be worth a word. */
export function watchUnreachable(
  daemon: Daemon,
  deps: UnreachableDeps,
  moved: () => void,
): { since: () => number | null; stop: () => void } {
  let since: number | null = null;
  let cancel: (() => void) | null = null;
  const stopListening = daemon.onStatus(() => {
    const unreachable = isPassing(daemon.status().failure);
    if (unreachable && since === null) {
      since = deps.now();
      cancel = deps.timers.after(graceMs(deps.config), moved);
    }
    if (!unreachable) {
      since = null;
      cancel?.();
      cancel = null;
    }
    moved();
  });
  return {
    since: () => since,
    stop: () => {
      stopListening();
      cancel?.();
    },
  };
}
