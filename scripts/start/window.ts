import { spawn } from 'node:child_process';
import { electronEnvironment, electronExecutable } from '../electron-runtime.ts';
import { projectRoot } from '../setup/paths.ts';

/** Time that the app has to leave by itself after it was asked to, ms. */
const patience = 15_000;

/** Opens the app and resolves with its exit code when its last process has ended. Ctrl+C asks it to leave. */
export async function openWindow(env: Readonly<Record<string, string>>, say: (line: string) => void): Promise<number> {
  // Chromium's own complaints (a machine without D-Bus, a virtual GPU) say nothing to whoever starts the app
  const args = ['--log-level=3', '.'];
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    say(
      "Running as root: the window opens without the operating system's sandbox (--no-sandbox), as Chromium demands.",
    );
    args.unshift('--no-sandbox');
  }
  const inherited: NodeJS.ProcessEnv = { ...process.env, ...electronEnvironment(), ...env };
  // set by terminals that are Electron apps themselves, it would make ours a plain Node
  delete inherited['ELECTRON_RUN_AS_NODE'];
  const child = spawn(electronExecutable(), args, { cwd: projectRoot, env: inherited, stdio: 'inherit' });
  let deadline: NodeJS.Timeout | undefined;
  const leave = (): void => {
    child.kill('SIGTERM');
    deadline ??= setTimeout(() => child.kill('SIGKILL'), patience);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(deadline);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, leave);
      resolve(code ?? 0);
    });
  });
}

/** Whether there is a screen to open a window on. */
export function hasDisplay(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): boolean {
  return platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}
