/** What the daemon of a PC says of itself that no network and no cloud can excuse. */
import type { Daemon } from '#main/sync/types.ts';

export type SyncFailure = { readonly code: string; readonly detail: string };

const own: ReadonlySet<string> = new Set(['sync-broken', 'forked', 'update-needed', 'internal', 'revoked']);

/** Notes failures of a daemon that are the engine's own. */
export function watchFailures(daemon: Daemon, into: SyncFailure[]): void {
  let last: unknown = null;
  daemon.onStatus(() => {
    const { failure } = daemon.status();
    if (failure === last) return;
    last = failure;
    if (failure && own.has(failure.code)) into.push({ code: failure.code, detail: failure.detail ?? '' });
  });
}
