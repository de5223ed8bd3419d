import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Cleans up after this process if it ends without doing so itself: see keeper.ts. */
export type Keeper = {
  /** Ends the process `pid` with `signal` when we are gone. */
  readonly watch: (pid: number, signal: NodeJS.Signals) => void;
  readonly forget: (pid: number) => void;
  /** Removes the folder when we are gone, however we end. */
  readonly removeFolder: (path: string) => void;
  /** Lets the keeper do what is left to do and end. */
  readonly close: () => void;
};

/** Starts a keeper. It holds nothing open: this process may end at any time. */
export function createKeeper(): Keeper {
  const child = spawn(process.execPath, [fileURLToPath(new URL('keeper.ts', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: process.platform !== 'win32',
    windowsHide: true,
    env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
  });
  child.unref();
  const pipe = child.stdin as typeof child.stdin & { unref?: () => void };
  pipe.unref?.();
  // Without a keeper everything works as well; only a hard kill of this process would leave its servers behind.
  child.on('error', () => undefined);
  pipe.on('error', () => undefined);
  const tell = (order: object): void => void pipe.write(`${JSON.stringify(order)}\n`);
  return {
    watch: (pid, signal) => tell({ do: 'watch', pid, signal }),
    forget: (pid) => tell({ do: 'forget', pid }),
    removeFolder: (path) => tell({ do: 'remove-folder', path }),
    close: () => void pipe.end(),
  };
}
