import type { ServerContext } from '@modelcontextprotocol/server';
import type { ToolContext } from '#main/services/base/types.ts';
import type { Client } from './access.ts';

export type ContextDeps = {
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Aborts when the host stops. */
  readonly stopping: AbortSignal;
};

/** What a tool, a resource or a prompt learns of the call it serves. */
export function contextOf(
  deps: ContextDeps,
  client: Client,
  { mcpReq }: ServerContext,
): Omit<ToolContext<unknown>, 'deps'> {
  const token = mcpReq['_meta']?.progressToken;
  let last = -1;
  return {
    caller: { client: client.client, tokenId: client.tokenId },
    actor: client.client,
    signal: AbortSignal.any([mcpReq.signal, deps.stopping]),
    now: deps.now,
    progress(done, total, message) {
      // the protocol wants every step to be further than the one before
      if (token === undefined || done <= last || mcpReq.signal.aborted) return;
      last = done;
      const params = {
        progressToken: token,
        progress: done,
        ...(total === undefined ? {} : { total }),
        ...(message === undefined ? {} : { message }),
      };
      // a client that is gone hears nothing any more; its call ends by the signal
      mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
    },
  };
}
