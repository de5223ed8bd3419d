import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eras } from '../testing/clients.ts';
import type { Era } from '../testing/clients.ts';
import { serveNotes } from '../testing/served.ts';
import type { Served } from '../testing/served.ts';

const bridge = join(import.meta.dirname, 'bridge.ts');
const patience = { timeout: 20_000, interval: 20 };
let pc: Served;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  pc = await serveNotes();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await pc.stop();
});

const environment = async (): Promise<Record<string, string>> => ({
  PATH: process.env['PATH'] ?? '',
  PULSER_MCP_ENDPOINT_FILE: join(pc.folder, 'mcp.json'),
  PULSER_MCP_TOKEN: (await pc.token()).token,
});

async function connect(era: Era, capabilities: object = {}): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities, ...(era === 'current' ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {}) },
  );
  const env = await environment();
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [bridge, 'notes'], env }));
  closers.push(() => client.close());
  return client;
}

/** The bridge by itself: lines in, lines out. */
async function plain(env: Record<string, string>): Promise<{
  child: ChildProcessWithoutNullStreams;
  said: Record<string, unknown>[];
  ended: Promise<number | null>;
}> {
  const child = spawn(process.execPath, [bridge, 'notes'], { env });
  const said: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line) as Record<string, unknown>));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  closers.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, said, ended };
}

describe.each(eras)('a client of the %s protocol behind the bridge', (era) => {
  it('calls tools, hears progress and news, asks its user and cancels', async () => {
    const client = await connect(era, { elicitation: {} });
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { confirm: true } }));
    expect((await client.listTools()).tools).toHaveLength(5);
    const removed = await client.callTool({ name: 'delete_note', arguments: { id: 1 } });
    expect(removed.structuredContent).toEqual({ left: 1 });
    const { contents } = await client.readResource({ uri: 'pulser://notes/note/2' });
    expect(contents).toMatchObject([{ text: 'rice came' }]);
    const heard: unknown[] = [];
    const abort = new AbortController();
    const options = { onprogress: (step: unknown) => heard.push(step), signal: abort.signal };
    const call = client.callTool({ name: 'wait_for_it', arguments: {} }, options);
    await vi.waitUntil(() => heard.length > 0, patience);
    abort.abort();
    await expect(call).rejects.toThrow();
    await vi.waitUntil(async () => {
      const { items } = await pc.command('services.calls', { limit: 1 });
      return items[0]?.outcome === 'cancelled';
    }, patience);
    let news = 0;
    client.setNotificationHandler('notifications/tools/list_changed', () => void (news += 1));
    if (era === 'current') await client.listen({ toolsListChanged: true });
    let on = false;
    await vi.waitUntil(async () => {
      await pc.command('services.setTool', { service: 'notes', tool: 'meet_a_fault', on: (on = !on) });
      return news > 0;
    }, patience);
  });

  it('does not notice a restart of the app on another port', async () => {
    const client = await connect(era);
    await client.callTool({ name: 'add_note', arguments: { text: 'before' } });
    const before = await pc.url();
    await pc.mcp.stop();
    // asked while nobody is there: answered by the app that comes back
    const added = client.callTool({ name: 'add_note', arguments: { text: 'meanwhile' } });
    await pc.restart();
    expect(await pc.url()).not.toBe(before);
    expect((await added).structuredContent).toMatchObject({ note: { text: 'meanwhile' } });
    let news = 0;
    client.setNotificationHandler('notifications/tools/list_changed', () => void (news += 1));
    if (era === 'current') await client.listen({ toolsListChanged: true });
    await pc.restart();
    let on = false;
    await vi.waitUntil(async () => {
      await pc.command('services.setTool', { service: 'notes', tool: 'meet_a_fault', on: (on = !on) });
      return news > 0;
    }, patience);
    expect((await client.listTools()).tools.length).toBeGreaterThanOrEqual(5);
  });
});

describe('the bridge', () => {
  const call = { jsonrpc: '2.0', id: 7, method: 'tools/list', params: {} };

  it('says that the app is not there, and ends with its client', async () => {
    await pc.mcp.stop();
    const { child, said, ended } = await plain(await environment());
    child.stdin.write(`${JSON.stringify(call)}\nnot json\n`);
    await vi.waitUntil(() => said.length === 2, patience);
    expect(said).toMatchObject([
      { id: null, error: { code: -32700 } },
      { id: 7, error: { message: expect.stringMatching(/Pulser Field does not answer\. Start it/) } },
    ]);
    child.stdin.end();
    expect(await ended).toBe(0);
    await pc.restart();
  });

  it('passes on what the app has against it', async () => {
    const { child, said, ended } = await plain({ ...(await environment()), PULSER_MCP_TOKEN: 'pulser_wrong' });
    child.stdin.write(`${JSON.stringify(call)}\n`);
    await vi.waitUntil(() => said.length === 1, patience);
    expect(said).toMatchObject([{ id: 7, error: { message: expect.stringMatching(/token is not known here/) } }]);
    child.stdin.end();
    expect(await ended).toBe(0);
  });

  it('does not repeat a change whose answer was lost', async () => {
    const client = await connect('current');
    const heard: unknown[] = [];
    const lost = client.callTool({ name: 'wait_for_it', arguments: {} }, { onprogress: (step) => heard.push(step) });
    await vi.waitUntil(() => heard.length > 0, patience);
    await pc.command('services.allOff', {});
    await expect(lost).rejects.toThrow(/Look whether it was done/);
    await pc.command('services.setTier', { service: 'notes', tier: 'read' });
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    expect(
      (await pc.command('services.calls', { limit: 9 })).items.filter(({ name }) => name === 'wait_for_it'),
    ).toHaveLength(1);
  });

  it('refuses to start without a service', async () => {
    const child = spawn(process.execPath, [bridge], { stdio: ['ignore', 'ignore', 'pipe'] });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(2);
  });
});
