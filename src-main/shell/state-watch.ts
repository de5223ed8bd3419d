import type { Caller } from '#shared/contract/commands.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { askInTurn } from './ask-in-turn.ts';

/** Keeps the last known status at hand for the tray and for the question before quitting. */
export function watchState(caller: Caller): {
  last(): SyncStatus | null;
  onChange(listener: (status: SyncStatus) => void): void;
} {
  let last: SyncStatus | null = null;
  const listeners: ((status: SyncStatus) => void)[] = [];
  const ask = askInTurn(async () => {
    const answer = await caller.call('status.get', {});
    if (!answer.ok) return;
    const status = answer.value;
    last = status;
    listeners.forEach((listener) => listener(status));
  });
  caller.on('status', ask);
  ask();
  return {
    last: () => last,
    onChange: (listener) => {
      listeners.push(listener);
      if (last !== null) listener(last);
    },
  };
}
