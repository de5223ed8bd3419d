import type { Caller, CommandName, CommandResult } from '#shared/contract/commands.ts';
import type { Answering } from './remote.ts';

/** Calls a host in the same thread. Values are copied as on the other carriers, so that nobody shares an object by accident. */
export function createDirectCaller(host: Answering): Caller {
  return {
    call: async <N extends CommandName>(name: N, input: unknown) =>
      structuredClone(await host.call(name, structuredClone(input))) as CommandResult<N>,
    on: (wanted, listener) =>
      host.on((event, data) => {
        if ((event as string) === wanted) listener(data as never);
      }),
  };
}
