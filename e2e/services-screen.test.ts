import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { waitFor } from '#main/host/testing/wait-for.ts';
import { startDesktop, temporaryFolder } from './support/desktop.ts';
import type { Desktop } from './support/desktop.ts';
import { inspectScreen, open, openRow, tabTo } from './support/screens.ts';
import { callInWindow } from './support/window-call.ts';
import { createWorld } from './support/world.ts';
import type { World } from './support/world.ts';

test.describe.configure({ mode: 'serial' });

let world: World;
let pc: Desktop;
let page: Page;
let port: number;
let token: string;
const folder = temporaryFolder('services');
/** Another program that was there first. */
const neighbour = createServer();

test.beforeAll(async () => {
  test.setTimeout(180_000);
  world = await createWorld();
  const taken = await listenOn(neighbour);
  port = await freePort();
  pc = await startDesktop(folder.path, {
    ...world.env,
    PULSER_ENROL_CODE: await world.provision.createEnrolmentCode(world.storeId),
    PULSER_DEVICE_NAME: 'Counter 1',
    PULSER_MCP_PORT: String(taken),
  });
  page = pc.page;
  await pc.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(1280, 720));
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await expect(page.getByTestId('place')).toContainText('Tindahan ni Aling Rosa');
});
test.afterAll(async () => {
  await pc?.quit();
  await world?.stop();
  neighbour.close();
  folder.remove();
});

// oxlint-disable-next-line no-empty-pattern -- Playwright insists on a destructured first argument
test.afterEach(async ({}, info) => {
  if (info.status !== info.expectedStatus)
    await info.attach('host.log', { path: join(folder.path, 'logs', 'host.log') });
});

function listenOn(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

/** A port that nobody uses now. */
async function freePort(): Promise<number> {
  const server = createServer();
  const found = await listenOn(server);
  await new Promise((resolve) => server.close(resolve));
  return found;
}

/** Calls a tool of Scout over HTTP, as an assistant does. */
async function call(tool: string, args: object = {}): Promise<{ status: number; text: string }> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const response = await fetch(`http://127.0.0.1:${port}/mcp/scout`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': tool,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: tool, arguments: args, _meta: meta },
    }),
  });
  return { status: response.status, text: await response.text() };
}

const sentence = (): Locator => page.getByTestId('services-open');
const rows = (): Locator => page.getByTestId('call-row');
const part = (name: string): Promise<void> =>
  page.getByTestId('services-part').getByText(name, { exact: true }).click();
const tier = (name: string): Locator => page.getByTestId('tier-scout').getByText(name, { exact: true });

test('nothing is open until somebody opens it', async () => {
  await open(page, 'services');
  await expect(sentence()).toHaveText('Nothing is open to assistants.');
  await expect(page.getByTestId('services-consent')).toContainText('to the company that runs its model');
  await expect(page.getByTestId('nav-open')).toHaveCount(0);
  await expect(page.getByText('No assistant has called yet.')).toBeVisible();
  await inspectScreen(page, 'services-off');
  await part('Assistants');
  await expect(page.getByText('No assistant has a token yet.')).toBeVisible();
  await inspectScreen(page, 'services-no-assistant');
});

test('a service is opened by the keyboard, after it was said what that means; a port that is taken has a way out', async () => {
  await page.getByTestId('nav-services').focus();
  await page.keyboard.press('Enter');
  await tabTo(page, 'tier-scout');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog')).toContainText('to the company that runs its model');
  await inspectScreen(page, 'services-consent');
  // the harmless answer has the focus
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(sentence()).toHaveText('Nothing is open to assistants.');
  await tabTo(page, 'tier-scout');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog')).toBeVisible();
  await tabTo(page, 'confirm-yes');
  await page.keyboard.press('Enter');
  await expect(sentence()).toHaveText('Assistants cannot connect. Selling goes on.');
  await expect(page.getByTestId('nav-open')).toHaveAttribute('data-open', 'failed');
  await inspectScreen(page, 'services-port-taken');
  await page.getByTestId('port-number').fill('80');
  await expect(page.getByTestId('port-do')).toBeDisabled();
  await page.getByTestId('port-number').fill(String(port));
  await page.keyboard.press('Enter');
  await expect(sentence()).toHaveText('Assistants may read through Scout.');
  await expect(page.getByTestId('services-details')).toContainText(`127.0.0.1:${port}`);
  await expect(page.getByTestId('nav-open')).toHaveAttribute('data-open', 'read');
});

test('an assistant gets a token, which is shown once, and the text to connect with', async () => {
  await part('Assistants');
  await page.getByTestId('assistant-new').click();
  await page.getByTestId('assistant-name').fill('Cursor on the laptop');
  await expect(page.getByTestId('assistant-create')).toBeDisabled();
  await page.getByTestId('assistant-scope-scout').click();
  await page.getByRole('option', { name: 'reading and changes' }).click();
  await inspectScreen(page, 'services-new-assistant');
  await page.getByTestId('assistant-create').click();
  token = (await page.getByTestId('token-text').textContent()) ?? '';
  expect(token).toMatch(/^pulser_[\w-]{43}$/);
  await page.getByTestId('token-copy').click();
  await expect(page.getByTestId('token-copy')).toHaveText('Copied');
  expect(await pc.app.evaluate(({ clipboard }) => clipboard.readText())).toBe(token);
  await inspectScreen(page, 'services-token');
  await page.getByTestId('snippet-program').click();
  await page.getByRole('option', { name: 'Gemini CLI' }).click();
  const snippet = JSON.parse((await page.getByTestId('snippet-text').textContent()) ?? '') as unknown;
  expect(snippet).toEqual({
    mcpServers: {
      'pulser-scout': {
        httpUrl: `http://127.0.0.1:${port}/mcp/scout`,
        headers: { Authorization: `Bearer ${token}` },
      },
    },
  });
  await page.keyboard.press('Escape');
  await openRow(page, 'assistant-row', 'Cursor on the laptop');
  await expect(page.getByTestId('snippet-text')).toBeVisible();
  await expect(page.getByTestId('token-text')).toHaveCount(0);
  expect(await page.content()).not.toContain(token);
});

test('its calls appear as they come, and what it may not do is refused', async () => {
  await part('Services');
  const answer = await call('get_dashboard', { timeframe: 'today' });
  expect(answer.status).toBe(200);
  expect(answer.text).not.toContain('"isError":true');
  await expect(rows().first()).toContainText('Cursor on the laptop');
  await expect(rows().first()).toContainText('Answered');
  const refused = await call('add_transcription', { text: 'rice is low' });
  expect(refused.text).toContain('read-only');
  await expect(rows().first()).toContainText('Refused, only reading');
  await openRow(page, 'service-row', 'Scout');
  await expect(page.getByTestId('service-url')).toHaveText(`http://127.0.0.1:${port}/mcp/scout`);
  await expect(page.getByTestId('service-numbers')).toContainText('2 calls, typically');
  await expect(page.getByTestId('service-numbers')).toContainText('1 failed');
  await expect(page.getByTestId('service-checks')).toContainText('In memory.');
  await expect(page.getByTestId('tool-get_dashboard')).toContainText('One call,');
  await inspectScreen(page, 'services-read');
  await part('Calls');
  await expect(rows()).toHaveCount(2);
  await page.getByTestId('calls-outcome').getByText('Failed').click();
  await expect(rows()).toHaveCount(1);
  await inspectScreen(page, 'services-calls');
  await page.getByTestId('calls-outcome').getByText('All').click();
});

test('a tool is switched off by itself', async () => {
  await part('Services');
  await openRow(page, 'service-row', 'Scout');
  const dashboard = page.getByTestId('tool-get_dashboard').getByRole('switch');
  await dashboard.focus();
  await page.keyboard.press('Space');
  await expect(dashboard).not.toBeChecked();
  expect((await call('get_dashboard', { timeframe: 'today' })).text).toContain('switched off');
  await page.keyboard.press('Space');
  await expect(dashboard).toBeChecked();
  await page.keyboard.press('Escape');
});

test('very many calls are shown a page at a time, and stand still while somebody reads', async () => {
  await part('Calls');
  for (let round = 0; round < 20; round += 1) await Promise.all(Array.from({ length: 10 }, () => call('describe')));
  await expect(page.getByText(/^50 of 20\d shown$/)).toBeVisible();
  await inspectScreen(page, 'services-many-calls');
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(rows()).toHaveCount(100);
  await expect(page.getByText('New calls do not move this list while you read.')).toBeVisible();
  await call('get_dashboard', { timeframe: '7d' });
  await waitFor('the call to be written down', async () => {
    const found = await callInWindow(page, 'services.calls', { limit: 1 });
    return found.ok && found.value.items[0]?.name === 'get_dashboard';
  });
  await expect(rows()).toHaveCount(100);
  await expect(rows().first()).not.toContainText('Dashboard');
  await page.getByTestId('calls-live').press('Space');
  await expect(rows()).toHaveCount(50);
  await expect(rows().first()).toContainText('Dashboard');
  await page.getByTestId('calls-assistant').click();
  await page.getByRole('option', { name: 'Cursor on the laptop' }).click();
  await expect(rows()).toHaveCount(50);
});

test('reading and changing is a step of its own, and what it records is in the store', async () => {
  await part('Services');
  await tier('Read and change').click();
  await expect(page.getByRole('dialog')).toContainText('record and change data');
  await page.getByTestId('confirm-yes').click();
  await expect(sentence()).toHaveText('Assistants may read and change data through Scout.');
  await expect(page.getByTestId('nav-open')).toHaveAttribute('data-open', 'write');
  expect((await call('add_transcription', { text: 'rice is low' })).text).not.toContain('"isError":true');
  await inspectScreen(page, 'services-write');
});

test('exports go to the folder that the operator chose', async () => {
  const exports = join(folder.path, 'for the accountant');
  const chosen = page.getByTestId('exports-folder');
  await part('Services');
  await expect(chosen).toContainText('exports');
  // nobody can name a folder that was not chosen
  expect(await callInWindow(page, 'exports.setFolder', { path: exports })).toMatchObject({ ok: false });
  await pc.app.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, exports);
  await page.getByTestId('exports-choose').click();
  await expect(chosen).toContainText(exports);
  expect((await call('export_data', { table: 'credit', format: 'xlsx' })).text).not.toContain('"isError":true');
  expect(readdirSync(exports)).toHaveLength(1);
  await inspectScreen(page, 'services-exports');
  await page.getByTestId('exports-usual').click();
  await expect(chosen).not.toContainText(exports);
});

test('a new token makes the old one worthless, and a revoked one is refused', async () => {
  await part('Assistants');
  await openRow(page, 'assistant-row', 'Cursor on the laptop');
  await page.getByTestId('token-rotate').click();
  await page.getByTestId('confirm-yes').click();
  const renewed = (await page.getByTestId('token-text').textContent()) ?? '';
  expect(renewed).not.toBe(token);
  expect((await call('describe')).status).toBe(401);
  token = renewed;
  expect((await call('describe')).status).toBe(200);
  await page.getByTestId('token-revoke').click();
  await page.getByTestId('confirm-yes').click();
  await expect(page.getByTestId('assistant-row')).toHaveCount(0);
  expect((await call('describe')).status).toBe(401);
  await expect(page.getByTestId('services-details')).toContainText('its token was revoked');
  await page.getByTestId('assistants-ended').click();
  await expect(page.getByTestId('assistant-row')).toContainText('Revoked');
  await inspectScreen(page, 'services-revoked');
});

test('one entry of the menu closes everything, and so does the screen', async () => {
  await pc.app.evaluate(({ Menu }) => {
    const entries = Menu.getApplicationMenu()?.items.flatMap((item) => item.submenu?.items ?? []) ?? [];
    entries.find(({ label }) => label === 'Close everything to assistants')?.click();
  });
  await expect(sentence()).toHaveText('Nothing is open to assistants.');
  await expect(page.getByTestId('nav-open')).toHaveCount(0);
  await expect(call('describe')).rejects.toThrow();
  await part('Services');
  await tier('Read').click();
  await page.getByTestId('confirm-yes').click();
  await expect(sentence()).toHaveText('Assistants may read through Scout.');
  await open(page, 'sell');
  await page.getByTestId('nav-open').click();
  await page.getByTestId('services-all-off').click();
  await expect(sentence()).toHaveText('Nothing is open to assistants.');
  await expect(call('describe')).rejects.toThrow();
});
