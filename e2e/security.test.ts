import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { appError } from '#shared/contract/errors.ts';
import { fail } from '#shared/result.ts';
import { waitFor } from '#main/host/testing/wait-for.ts';
import { startDesktop, temporaryFolder } from './support/desktop.ts';
import type { Desktop } from './support/desktop.ts';
import { callInWindow } from './support/window-call.ts';

test.describe.configure({ mode: 'serial' });

let pc: Desktop;
const folder = temporaryFolder('guarded');

test.beforeAll(async () => {
  pc = await startDesktop(folder.path, {});
  await pc.page.getByTestId('enrol-code').waitFor();
});
test.afterAll(async () => {
  await pc?.quit();
  folder.remove();
});

test('the page has no way into Node or Electron', async () => {
  const found = await pc.page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer', '__dirname'].filter(
      (name) => name in globalThis,
    ),
  );
  expect(found).toEqual([]);
  const bridge = await pc.page.evaluate(() => ({
    names: Object.keys(globalThis.pulser ?? {}).sort(),
    frozen: Object.isFrozen(globalThis.pulser) && Object.isFrozen(globalThis.pulser?.shell),
  }));
  expect(bridge).toEqual({ names: ['call', 'on', 'shell'], frozen: true });
});

test('the page is fenced in by its policy', async () => {
  const policy = await pc.page.evaluate(async () =>
    (await fetch('/index.html')).headers.get('content-security-policy'),
  );
  expect(policy).toContain(`default-src 'none'`);
  expect(policy).not.toContain('unsafe');
  expect(policy).toContain(`require-trusted-types-for 'script'`);
  const outcome = await pc.page.evaluate(async () => {
    const reach = (address: string): Promise<string> =>
      fetch(address).then(
        (response) => String(response.status),
        () => 'refused',
      );
    return Promise.all(
      [
        'https://example.com/',
        'http://127.0.0.1:1/',
        'file:///etc/passwd',
        '/../package.json',
        '/%2e%2e/%2e%2e/package.json',
      ].map(reach),
    );
  });
  expect(outcome.slice(0, 3)).toEqual(['refused', 'refused', 'refused']);
  expect(outcome.slice(3)).toEqual(['404', '404']);
  // Code that Playwright evaluates is outside of the policy, so the page's own document writes the element.
  const outcomes = await pc.page.evaluate(
    `['text', 'node', 'markup'].map((way) => {
      const script = document.createElement('script');
      try {
        if (way === 'text') script.textContent = 'globalThis.smuggled = true';
        if (way === 'node') script.appendChild(document.createTextNode('globalThis.smuggled = true'));
        if (way === 'markup') document.body.appendChild(document.createElement('div')).innerHTML = '<b>x</b>';
        document.body.append(script);
      } catch (error) {
        return error.name;
      }
      return 'smuggled' in globalThis ? 'ran' : 'did not run';
    })`,
  );
  expect(outcomes).toEqual(['TypeError', 'did not run', 'TypeError']);
});

test('the window stays where it is and opens no other', async () => {
  const before = pc.page.url();
  expect(await pc.page.evaluate(`window.open('https://example.com/') === null`)).toBe(true);
  await pc.page.evaluate(`void (window.location.href = 'https://example.com/')`);
  await pc.page.evaluate(`void (window.location.href = 'app://elsewhere/')`);
  await waitFor('both ways out to be denied', () => {
    const log = readFileSync(join(folder.path, 'logs', 'shell.log'), 'utf8');
    return Promise.resolve(log.split('shell.navigation-denied').length > 2);
  });
  expect(pc.page.url()).toBe(before);
  expect(pc.app.windows()).toHaveLength(1);
});

test('every permission is denied', async () => {
  const states = await pc.page.evaluate(
    `Promise.all(['geolocation', 'notifications', 'camera', 'microphone', 'midi'].map((name) => navigator.permissions.query({ name }).then((found) => found.state)))`,
  );
  expect(states).toEqual(['denied', 'denied', 'denied', 'denied', 'denied']);
});

test('only files chosen in the dialog can be read', async () => {
  const secret = join(folder.path, 'secret.csv');
  writeFileSync(secret, 'Date,Product\n2026-01-01,x\n');
  for (const name of ['import.inspect', 'import.start', 'bundle.inspect', 'bundle.import', 'bundle.export'] as const) {
    expect(await callInWindow(pc.page, name, { path: secret })).toMatchObject({
      ok: false,
      error: { code: 'bad-input' },
    });
  }
  await pc.app.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, secret);
  expect(await pc.page.evaluate(() => globalThis.pulser?.shell.chooseImportFile())).toBe(secret);
  expect(await callInWindow(pc.page, 'import.inspect', { path: secret })).toMatchObject({
    ok: true,
    value: { kind: 'table' },
  });
});

test('another frame or page gets no answer', async () => {
  const answer = await pc.app.evaluate(async ({ BrowserWindow, app }) => {
    const preload = `${app.getAppPath()}/out/preload/index.cjs`;
    const stranger = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
    await stranger.loadURL('app://bundle/index.html');
    const result: unknown = await stranger.webContents.executeJavaScript(
      `pulser.call('status.get', {}).then(() => 'answered', () => 'refused')`,
    );
    stranger.destroy();
    return result;
  });
  expect(answer).toBe('refused');
});

/** What the other carriers promise in host/carriers/contract.test.ts, over Electron's IPC. */
test.describe('the contract over IPC', () => {
  test('answers many calls at once, each with its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, limit) =>
        callInWindow(pc.page, 'products.list', { limit: limit + 1, search: `x${limit}` }),
      ),
    );
    expect(answers.every((answer) => answer.ok)).toBe(true);
  });

  test('says which field is wrong, and refuses what it does not know', async () => {
    const wrong = await callInWindow(pc.page, 'products.list', { limit: 100_000 });
    expect(wrong).toMatchObject({ ok: false, error: { code: 'bad-input', detail: expect.stringContaining('limit') } });
    for (const name of ['products.drop', 'constructor', '__proto__']) {
      const outcome = await pc.page.evaluate(
        (given) =>
          globalThis.pulser?.call(given as never, {}).then(
            () => 'answered',
            () => 'refused',
          ),
        name,
      );
      expect(outcome).toBe('refused');
    }
  });

  test('carries expected failures whole', async () => {
    expect(await callInWindow(pc.page, 'sync.now', {})).toEqual(fail(appError('not-enrolled')));
  });

  test('tells of events until the listener leaves', async () => {
    const heard = await pc.page.evaluate(async () => {
      const events: unknown[] = [];
      await new Promise<void>((resolve) => {
        const leave = globalThis.pulser?.on('changes', (data) => {
          events.push(data);
          leave?.();
          resolve();
        });
        void globalThis.pulser?.call('sync.pause', { until: null, reason: 'test' });
      });
      await globalThis.pulser?.call('sync.resume', {});
      return events;
    });
    expect(heard).toEqual([{ tables: ['_sync'], origin: 'local' }]);
  });
});
