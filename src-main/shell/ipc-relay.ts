import { ipcMain } from 'electron';
import type { BrowserWindow, IpcMainInvokeEvent } from 'electron';
import { z } from 'zod';
import { callChannel, eventChannel, shellChannel } from '#shared/contract/names.ts';
import { eventNames } from '#shared/contract/commands.ts';
import type { Caller } from '#shared/contract/commands.ts';
import { appError } from '#shared/contract/errors.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { fail } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import type { RemoteCaller } from '#main/host/carriers/remote.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { isOurs } from './asset-path.ts';
import type { ChosenFiles } from './chosen-files.ts';

export type RelayDeps = {
  readonly caller: RemoteCaller;
  /** The window that may call; null while there is none. */
  readonly window: () => BrowserWindow | null;
  readonly chosen: ChosenFiles;
  readonly logger: Logger;
};

const call = z.tuple([z.string().max(60), z.unknown()]);

/** Carries calls from our own page to the host, and the host's events to the page. Anybody else gets nothing. */
export function relayContract(deps: RelayDeps): void {
  handle(deps, callChannel, async (args): Promise<Result<unknown, AppError>> => {
    const parsed = call.safeParse(args);
    if (!parsed.success) return fail(appError('bad-input', 'A call is a name and an input.'));
    const [name, input] = parsed.data;
    if (!deps.chosen.allows(name, input)) return fail(appError('bad-input', 'path: choose the file in the dialog'));
    return deps.caller.callAny(name, input);
  });
  handle(deps, shellChannel, (args) => {
    const window = deps.window();
    return window === null ? Promise.resolve(null) : deps.chosen.choose(window, args);
  });
  forwardEvents(deps.caller, deps.window);
}

/** The only place that listens on an IPC channel: every sender is checked. */
function handle(deps: RelayDeps, channel: string, work: (args: unknown[]) => Promise<unknown>): void {
  ipcMain.handle(channel, (event, ...args: unknown[]) => {
    if (!isTrusted(event, deps.window())) {
      deps.logger.warn('shell.sender-refused', { channel });
      throw new Error('Not allowed');
    }
    return work(args);
  });
}

function isTrusted(event: IpcMainInvokeEvent, window: BrowserWindow | null): boolean {
  const frame = event.senderFrame;
  if (frame === null || window === null || window.isDestroyed()) return false;
  return event.sender.id === window.webContents.id && frame === event.sender.mainFrame && isOurs(frame.url);
}

function forwardEvents(caller: Caller, current: () => BrowserWindow | null): void {
  for (const name of eventNames) {
    caller.on(name, (data) => {
      const window = current();
      if (window !== null && !window.isDestroyed()) window.webContents.send(eventChannel, name, data);
    });
  }
}
