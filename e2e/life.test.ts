import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { waitFor } from '#main/host/testing/wait-for.ts';
import { startHeadlessPc } from '#main/host/testing/headless-pc.ts';
import { startDesktop, temporaryFolder } from './support/desktop.ts';
import type { Desktop } from './support/desktop.ts';

const pictures = join(import.meta.dirname, 'pictures');

/** Starts the app on a fresh folder that `prepare` has filled, and takes everything away afterwards. */
async function withApp(
  env: Record<string, string>,
  prepare: (dataDir: string) => void | Promise<void>,
  work: (pc: Desktop) => Promise<void>,
): Promise<void> {
  const folder = temporaryFolder('life');
  await prepare(folder.path);
  const pc = await startDesktop(folder.path, env);
  try {
    await work(pc);
  } finally {
    await pc.quit();
    folder.remove();
  }
}

/** The window that says why the app cannot work; it may come after the app's own window was opened. */
async function failureWindow(pc: Desktop): Promise<Page> {
  return waitFor('the failure window', () =>
    Promise.resolve(pc.app.windows().find((page) => page.url().endsWith('/cannot-start'))),
  );
}

async function showsFailure(pc: Desktop, name: string, message: string): Promise<Page> {
  const page = await failureWindow(pc);
  await expect(page.getByTestId('failure-message')).toHaveText(message);
  await expect(page.getByText('Nothing was changed or deleted on this PC.')).toBeVisible();
  mkdirSync(pictures, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(pictures, `cannot-start-${name}-${colorScheme}.png`) });
  }
  return page;
}

test('opens to usable content quickly', async () => {
  const folder = temporaryFolder('fast');
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const started = performance.now();
    const pc = await startDesktop(folder.path, {});
    await pc.page.getByTestId('enrol-code').waitFor();
    times.push(performance.now() - started);
    await pc.quit();
  }
  folder.remove();
  const median = times.toSorted((a, b) => a - b)[1] ?? Number.POSITIVE_INFINITY;
  process.stdout.write(
    `start-up: ${times.map((ms) => Math.round(ms)).join(', ')} ms, median ${Math.round(median)} ms\n`,
  );
  // The goal is 2 s; a test machine whose cores are taken may need more without anything being wrong.
  expect(median).toBeLessThan(5000);
});

test('names every problem of the configuration', async () => {
  await withApp(
    { SYNC_INTERVAL: 'often', BATCH_SIZE: '9999' },
    () => undefined,
    async (pc) => {
      const page = await showsFailure(pc, 'configuration', '2 settings need correcting.');
      await expect(page.getByTestId('failure-problems').locator('li')).toHaveCount(2);
      await expect(page.getByTestId('failure-problems')).toContainText('SYNC_INTERVAL=15');
      // The shell acts on the link instead of following it, so there is no navigation to wait for.
      await page.getByText('Copy details').dispatchEvent('click');
      await expect(page.getByText('Details copied')).toBeVisible();
      const copied = await pc.app.evaluate(({ clipboard }) => clipboard.readText());
      expect(copied).toContain('BATCH_SIZE');
    },
  );
});

test('leaves a damaged store as it is and says so', async () => {
  await withApp(
    {},
    (dataDir) => {
      writeFileSync(join(dataDir, 'store.db'), 'garbage '.repeat(2000));
      writeFileSync(join(dataDir, 'store.key'), 'ab'.repeat(32));
    },
    async (pc) => {
      await showsFailure(pc, 'damaged', 'The store file is damaged. It was left as it is.');
      expect(readFileSync(join(pc.dataDir, 'store.db'), 'utf8')).toBe('garbage '.repeat(2000));
    },
  );
});

test('does not open a store with another key', async () => {
  const other = temporaryFolder('other');
  await withApp(
    {},
    async (dataDir) => {
      const first = await startHeadlessPc(other.path, {});
      await first.stop();
      for (const name of ['store.db', 'store.db.keyid']) copyFileSync(join(other.path, name), join(dataDir, name));
      writeFileSync(join(dataDir, 'store.key'), 'cd'.repeat(32));
    },
    async (pc) => {
      await showsFailure(pc, 'key', 'The key does not open the store file. It was left as it is.');
    },
  );
  other.remove();
});

test('shares its store with nobody, and starts again once it is free', async () => {
  const folder = temporaryFolder('shared');
  const service = await startHeadlessPc(folder.path, {});
  const refused = await startDesktop(folder.path, {});
  await showsFailure(refused, 'locked', 'Another program holds the store file.');
  await refused.quit();
  await service.stop();
  const pc = await startDesktop(folder.path, {});
  await expect(pc.page.getByTestId('enrol-code')).toBeVisible();
  await pc.quit();
  expect(existsSync(join(folder.path, 'store.db-wal'))).toBe(false);
  folder.remove();
});

test('a second start shows the window of the first', async () => {
  await withApp(
    {},
    () => undefined,
    async (pc) => {
      await pc.page.getByTestId('enrol-code').waitFor();
      await pc.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().forEach((window) => window.hide()));
      await expect(startDesktop(pc.dataDir, {})).rejects.toThrow();
      await expect
        .poll(() =>
          pc.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible())),
        )
        .toEqual([true]);
    },
  );
});
