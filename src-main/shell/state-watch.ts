import type { Caller } from '#shared/contract/commands.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';

/** Keeps the last known status at hand for the tray and for the question before quitting. */
export function watchState(caller: Caller): {
  last(): SyncStatus | null;
  onChange(listener: (status: SyncStatus) => void): void;
} {
  let last: SyncStatus | null = null;
  let asking = false;
  let again = false;
  const listeners: ((status: SyncStatus) => void)[] = [];
  const ask = async (): Promise<void> => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    const answer = await caller.call('status.get', {});
    asking = false;
    if (answer.ok) {
      const status = answer.value;
      last = status;
      listeners.forEach((listener) => listener(status));
    }
    if (again) {
      again = false;
      await ask();
    }
  };
  caller.on('status', () => void ask());
  void ask();
  return {
    last: () => last,
    onChange: (listener) => {
      listeners.push(listener);
      if (last !== null) listener(last);
    },
  };
}
