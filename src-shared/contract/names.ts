/** Names only: what the sandboxed preload may import without pulling schemas into its bundle. */
import type { CommandName, EventName } from './commands.ts';

/** The IPC channel on which the window calls commands. */
export const callChannel = 'pulser:call';
/** The IPC channel on which the window hears events. */
export const eventChannel = 'pulser:event';
/** The IPC channel for what only the shell can do: choose a file, say how the window looks. */
export const shellChannel = 'pulser:shell';

/** What only the desktop shell offers, beside the commands. */
export type ShellCalls = {
  /** Lets the operator choose a file to import; null when they cancel. */
  chooseImportFile: () => Promise<string | null>;
  /** Lets the operator choose a change bundle, or an answer to one, to import; null when they cancel. */
  chooseBundle: () => Promise<string | null>;
  /** Lets the operator choose the folder that exports are written to; null when they cancel. */
  chooseFolder: () => Promise<string | null>;
  /** Lets the operator say where a change bundle is written; null when they cancel. `name` is the file name that is suggested. */
  saveBundle: (name: string) => Promise<string | null>;
};

/** The one object that the window sees as `window.pulser`. */
export type Bridge = {
  call: (name: CommandName, input: unknown) => Promise<unknown>;
  on: (event: EventName, listener: (data: unknown) => void) => () => void;
  shell: ShellCalls;
};
