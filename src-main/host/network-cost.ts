import { execFile } from 'node:child_process';
import type { Timers } from './timers.ts';

export type NetworkCostDeps = {
  readonly platform: NodeJS.Platform;
  readonly timers: Timers;
  /** Hears whether every byte costs; null when the operating system does not say. */
  readonly tell: (metered: boolean | null) => void;
  /** Runs a program and answers what it printed; null when it failed. */
  readonly run?: (program: string, args: readonly string[]) => Promise<string | null>;
};

const everyMs = 300_000;
const question = [
  '--system',
  'get-property',
  'org.freedesktop.NetworkManager',
  '/org/freedesktop/NetworkManager',
  'org.freedesktop.NetworkManager',
  'Metered',
];

/**
 * Asks the operating system every few minutes whether the network is metered. Linux tells through NetworkManager; neither Electron nor Node has
 * a way to ask elsewhere, where the operator says it. Answers the functions that ask at once and that end it.
 */
export function watchNetworkCost({ platform, timers, tell, run = runProgram }: NetworkCostDeps): {
  ask(): void;
  stop(): void;
} {
  let cancel: () => void = () => undefined;
  let stopped = platform !== 'linux';

  const ask = (): void => {
    cancel();
    if (stopped) return;
    cancel = timers.after(everyMs, ask);
    void run('busctl', question).then((printed) => {
      if (!stopped) tell(meaning(printed));
    });
  };
  ask();
  return {
    ask,
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** NetworkManager says `u N`: 1 yes, 2 no, 3 and 4 the same as a guess, 0 unknown. */
function meaning(printed: string | null): boolean | null {
  const n = Number(/^u (\d)/.exec(printed ?? '')?.[1] ?? 0);
  if (n === 0) return null;
  return n === 1 || n === 3;
}

function runProgram(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 3000 }, (error, stdout) => resolve(error ? null : stdout)).on('error', () =>
      resolve(null),
    );
  });
}
