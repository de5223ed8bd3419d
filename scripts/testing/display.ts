import { spawn } from 'node:child_process';
import { onPath } from '../setup/system-packages.ts';

export type Display = {
  /** What a program must find in its environment to open windows there. */
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

/**
 * A display for the window's tests: on Linux a virtual one, so that nothing pops up on a developer's screen and CI needs none;
 * elsewhere, and on a Linux without Xvfb, the one that is there.
 */
export async function openDisplay(): Promise<Display> {
  if (process.platform !== 'linux' || !onPath('Xvfb')) return { env: {}, stop: () => Promise.resolve() };
  // the server chooses a free number and writes it to the descriptor when it is ready
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    server.on('close', () => resolve());
    server.on('error', () => resolve());
  });
  const number = await new Promise<string>((resolve, reject) => {
    let text = '';
    server.stdio[3]?.on('data', (data: Buffer) => {
      text += data.toString('utf8');
      if (text.includes('\n')) resolve(text.trim());
    });
    void ended.then(() => reject(new Error('Xvfb ended before it had a display')));
  });
  return {
    env: { DISPLAY: `:${number}`, WAYLAND_DISPLAY: '' },
    async stop() {
      server.kill('SIGTERM');
      await ended;
    },
  };
}
