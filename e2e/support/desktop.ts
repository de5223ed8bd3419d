import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from '@playwright/test';
import type { ElectronApplication, Page } from '@playwright/test';
import { withoutPulser } from '#main/host/testing/headless-pc.ts';

const root = join(import.meta.dirname, '..', '..');

export type Desktop = {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly dataDir: string;
  /** Milliseconds from launch to the first window. */
  readonly openedAfterMs: number;
  /** Quits as a person would who answers "Quit" when asked. */
  quit(): Promise<void>;
};

/** A data folder of its own for one PC; `remove` takes it away. */
export function temporaryFolder(name: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `pulser-e2e-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Starts the real app on a data folder and waits for its first window. */
export async function startDesktop(dataDir: string, env: Readonly<Record<string, string>>): Promise<Desktop> {
  const started = performance.now();
  const app = await _electron.launch({
    args: [root, '--force-color-profile=srgb', '--font-render-hinting=none', '--lang=en-US'],
    cwd: root,
    env: {
      ...withoutPulser(process.env),
      PULSER_DATA_DIR: dataDir,
      PULSER_ENV_FILE: join(dataDir, 'no-such-file'),
      PULSER_METRICS_PORT: '0',
      TZ: 'Asia/Manila',
      ...env,
    },
  });
  const page = await app.firstWindow();
  const openedAfterMs = performance.now() - started;
  return { app, page, dataDir, openedAfterMs, quit: () => quit(app) };
}

/** How long the app may take to end before its process is ended, in milliseconds. */
const patienceMs = 20_000;

async function quit(app: ElectronApplication): Promise<void> {
  const child = app.process();
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await app.evaluate(({ dialog }) => {
    dialog.showMessageBox = () => Promise.resolve({ response: 1, checkboxChecked: false });
  });
  await app.close();
  await ended;
  clearTimeout(late);
  if (child.signalCode === 'SIGKILL') throw new Error(`The app did not end within ${patienceMs} ms`);
}
