import { appError } from '#shared/contract/errors.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Caller, CommandName, CommandResult, EventData, EventName } from '#shared/contract/commands.ts';
import { fail } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import type { Channel } from './channel.ts';

/** What a carrier needs of a host. */
export type Answering = {
  call(name: string, input: unknown): Promise<Result<unknown, AppError>>;
  on(listener: <E extends EventName>(event: E, data: EventData<E>) => void): () => void;
};

/** Serves a host over a line until the line closes. */
export function serveChannel(host: Answering, channel: Channel): void {
  let open = true;
  const stopEvents = host.on((event, data) => channel.send({ kind: 'event', event, data }));
  channel.onClose(() => {
    open = false;
    stopEvents();
  });
  channel.onFrame((frame) => {
    if (frame.kind !== 'call') return;
    void host.call(frame.name, frame.input).then((result) => {
      if (open) channel.send({ kind: 'answer', id: frame.id, result });
    });
  });
}

export type RemoteCaller = Caller & {
  /** Calls by a name that came from outside; the host says `bad-input` to what it does not know. */
  callAny(name: string, input: unknown): Promise<Result<unknown, AppError>>;
  close(): void;
};

/** The caller's end of a line. When the line closes, every open and later call answers `host-gone`. */
export function callOver(channel: Channel): RemoteCaller {
  const waiting = new Map<number, (result: Result<unknown, AppError>) => void>();
  const listeners = new Map<EventName, Set<(data: never) => void>>();
  let nextId = 1;
  let gone = false;

  channel.onFrame((frame) => {
    if (frame.kind === 'event') listeners.get(frame.event)?.forEach((listener) => listener(frame.data as never));
    if (frame.kind !== 'answer') return;
    const resolve = waiting.get(frame.id);
    waiting.delete(frame.id);
    // The other end is this very program's host: its answers follow the contract by construction.
    resolve?.(frame.result as Result<unknown, AppError>);
  });
  channel.onClose(() => {
    gone = true;
    waiting.forEach((resolve) => resolve(fail(appError('host-gone'))));
    waiting.clear();
  });

  const callAny = (name: string, input: unknown): Promise<Result<unknown, AppError>> => {
    if (gone) return Promise.resolve(fail(appError('host-gone')));
    return new Promise((resolve) => {
      const id = nextId;
      nextId += 1;
      waiting.set(id, resolve);
      channel.send({ kind: 'call', id, name, input });
    });
  };
  return {
    callAny,
    call: <N extends CommandName>(name: N, input: unknown) => callAny(name, input) as Promise<CommandResult<N>>,
    on: (event, listener) => {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set);
      set.add(listener);
      return () => void set.delete(listener);
    },
    close: () => channel.close(),
  };
}
