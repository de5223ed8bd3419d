import { fail } from '#shared/result.ts';
import { appError } from '#shared/contract/errors.ts';
import type { Caller, CommandName, CommandResult, EventData, EventName } from '#shared/contract/commands.ts';
import type { Bridge } from '#shared/contract/names.ts';

declare global {
  interface Window {
    /** Put there by the preload; missing only in a plain browser. */
    readonly pulser?: Bridge;
  }
}

/**
 * The typed way to the host over the window's bridge. Both ends of the bridge parse against the contract, so answers are
 * trusted here. A bridge that breaks is the expected failure `host-gone`: the screen says so instead of hanging.
 */
export function createClient(bridge: Bridge): Caller {
  return {
    async call<N extends CommandName>(name: N, input: unknown): Promise<CommandResult<N>> {
      try {
        return (await bridge.call(name, input)) as CommandResult<N>;
      } catch (error) {
        return fail(appError('host-gone', error instanceof Error ? error.message : String(error)));
      }
    },
    on<E extends EventName>(event: E, listener: (data: EventData<E>) => void): () => void {
      return bridge.on(event, (data) => listener(data as EventData<E>));
    },
  };
}
