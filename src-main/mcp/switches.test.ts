import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectClient, eras, hello, post } from './testing/clients.ts';
import { serveNotes } from './testing/served.ts';
import type { Served } from './testing/served.ts';

const patience = { timeout: 10_000, interval: 20 };
let pc: Served;
const clients: Client[] = [];
beforeEach(async () => {
  pc = await serveNotes();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await pc.stop();
});

const connect = async (...more: Parameters<typeof connectClient> extends [Served, ...infer R] ? R : never) => {
  const client = await connectClient(pc, ...more);
  clients.push(client);
  return client;
};
const names = async (client: Client): Promise<string[]> => (await client.listTools()).tools.map(({ name }) => name);
const errorOf = async (client: Client, name: string, args: object = {}): Promise<string> => {
  const answer = await client.callTool({ name, arguments: { ...args } });
  expect(answer.isError).toBe(true);
  expect(answer.structuredContent).toBeUndefined();
  return (answer.content[0] as { text: string }).text;
};

describe('what the operator allows', () => {
  it('is nothing at first: no port is open', async () => {
    await pc.command('services.allOff', {});
    const { listener, services } = await pc.command('services.get', {});
    expect(listener).toMatchObject({ state: 'off', failure: null });
    expect(services).toMatchObject([{ id: 'notes', tier: 'off', url: null, title: 'Notes', version: '1.2.3' }]);
    expect(existsSync(join(pc.folder, 'mcp.json'))).toBe(false);
  });

  it.each(eras)('is said to a client of the %s protocol: reading only, single tools, the token', async (era) => {
    const writer = await connect(era, (await pc.token()).token);
    const reader = await connect(era, (await pc.token({ scopes: [{ service: 'notes', write: false }] })).token);
    expect(await names(reader)).toEqual(['list_notes', 'wait_for_it', 'describe']);
    expect(await errorOf(reader, 'add_note', { text: 'x' })).toMatch(/^not-allowed: This token allows reading only/);
    await pc.command('services.setTier', { service: 'notes', tier: 'read' });
    expect(await errorOf(writer, 'add_note', { text: 'x' })).toMatch(/^read-only: .*Services in Pulser Field/);
    await pc.command('services.setTool', { service: 'notes', tool: 'list_notes', on: false });
    expect(await errorOf(writer, 'list_notes')).toMatch(/^tool-off: The tool list_notes is switched off/);
    expect(await errorOf(writer, 'meet_a_fault')).toMatch(/^tool-off/);
    expect(pc.notes.notes).toHaveLength(2);
  });

  it.each(eras)('is announced to a connected client of the %s protocol when it changes', async (era) => {
    const client = await connect(era, (await pc.token()).token);
    let heard = 0;
    client.setNotificationHandler('notifications/tools/list_changed', () => void (heard += 1));
    if (era === 'current') await client.listen({ toolsListChanged: true });
    // an older client opens its stream by itself, in its own time
    let on = false;
    await vi.waitUntil(async () => {
      await pc.command('services.setTool', { service: 'notes', tool: 'meet_a_fault', on: (on = !on) });
      return heard > 0;
    }, patience);
    expect(heard).toBeGreaterThan(0);
  });

  it('is told once to older clients and in the list of all', async () => {
    await pc.command('services.setTool', { service: 'notes', tool: 'meet_a_fault', on: true });
    const client = await connect('older', (await pc.token()).token);
    expect(await names(client)).toContain('meet_a_fault');
    expect(await errorOf(client, 'meet_a_fault')).toMatch(/^internal: /);
    expect(JSON.stringify(pc.faults)).toContain('meet_a_fault');
    const { services } = await pc.command('services.get', {});
    expect(services[0]?.tools.find(({ name }) => name === 'meet_a_fault')).toMatchObject({ on: true, access: 'read' });
    expect(services[0]).toMatchObject({ calls: { count: 1, errors: 1 }, state: 'ok' });
    expect(services[0]?.listBytes).toBeGreaterThan(1000);
  });

  it('survives a restart', async () => {
    await pc.command('services.setTier', { service: 'notes', tier: 'read' });
    await pc.command('services.setTool', { service: 'notes', tool: 'delete_note', asks: false });
    await pc.restart();
    const { services } = await pc.command('services.get', {});
    expect(services[0]).toMatchObject({ tier: 'read' });
    expect(services[0]?.tools.find(({ name }) => name === 'delete_note')).toMatchObject({ asks: false });
  });

  it('ends what a client has open when it is taken away', async () => {
    const client = await connect('current', (await pc.token()).token);
    const waiting = client.callTool({ name: 'wait_for_it', arguments: {} }).then(
      () => 'answered',
      () => 'cut',
    );
    await vi.waitUntil(async () => (await pc.command('services.get', {})).listener.connections > 0, patience);
    await pc.command('services.allOff', {});
    expect(await waiting).toBe('cut');
    expect((await pc.command('services.get', {})).listener).toMatchObject({ state: 'off', connections: 0 });
  });

  it('does not name services or tools that are not there', async () => {
    await expect(pc.command('services.setTier', { service: 'other', tier: 'read' })).rejects.toThrow('not-found');
    await expect(pc.command('services.setTool', { service: 'notes', tool: 'x', on: true })).rejects.toThrow(
      'not-found',
    );
    await expect(pc.command('services.setTool', { service: 'notes', tool: 'add_note', asks: true })).rejects.toThrow(
      'bad-input',
    );
    await expect(pc.token({ scopes: [{ service: 'other', write: false }] })).rejects.toThrow('bad-input');
  });
});

describe('the port', () => {
  const occupied = async (): Promise<{ port: number; free: () => Promise<void> }> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      port: (server.address() as AddressInfo).port,
      free: () => new Promise((resolve) => server.close(() => resolve())),
    };
  };

  it('that is taken is an error with a choice, and is tried again by itself', async () => {
    const other = await occupied();
    let retry = (): void => undefined;
    await pc.restart({
      after: (_ms, work) => {
        retry = work;
        return () => undefined;
      },
    });
    await expect(pc.command('services.setPort', { port: other.port })).rejects.toThrow(/port-taken .*127\.0\.0\.1/);
    const { listener, services } = await pc.command('services.get', {});
    expect(listener).toMatchObject({ state: 'failed', port: other.port, failure: { code: 'port-taken' } });
    expect(services[0]?.url).toBeNull();
    await other.free();
    retry();
    await vi.waitUntil(async () => (await pc.command('services.get', {})).listener.state === 'on', patience);
    expect(await pc.url()).toBe(`http://127.0.0.1:${other.port}/mcp/notes`);
    await pc.command('services.setPort', { port: null });
    expect((await pc.command('services.get', {})).listener.state).toBe('on');
  });

  it('comes with a bridge where this installation has one', async () => {
    expect((await pc.command('services.get', {})).bridge).toBeNull();
    const path = join(pc.folder, 'bridge.mjs');
    writeFileSync(path, '');
    expect((await pc.command('services.get', {})).bridge).toEqual({ path, dataDir: pc.folder });
  });

  it('is written where the bridge looks, for this user alone, and gone when the app is', async () => {
    const file = join(pc.folder, 'mcp.json');
    const url = (await pc.url()).replace('/notes', '');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ url, services: ['notes'], pid: process.pid });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain('pulser_');
    await pc.mcp.stop();
    expect(existsSync(file)).toBe(false);
    await expect(post(`${url}/notes`, hello)).rejects.toThrow();
    await pc.restart();
  });

  it('is served also where its address cannot be written down', async () => {
    mkdirSync(join(pc.folder, `mcp.json.${process.pid}`));
    await pc.restart();
    const client = await connect('current', (await pc.token()).token);
    expect(await names(client)).toContain('describe');
    expect(existsSync(join(pc.folder, 'mcp.json'))).toBe(false);
  });

  it('that cannot be opened does not keep the shop from opening', async () => {
    pc.store.apply(null, (db) => db.run(`DELETE FROM _meta WHERE key = 'mcp_key'`));
    const full = vi.spyOn(pc.store, 'apply').mockImplementation(() => {
      throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    });
    await pc.restart();
    const { listener } = await pc.command('services.get', {});
    expect(listener).toMatchObject({ state: 'failed', failure: { code: 'disk-full' } });
    full.mockRestore();
    await pc.command('services.setTier', { service: 'notes', tier: 'read' });
    expect((await pc.command('services.get', {})).listener).toMatchObject({ state: 'on', failure: null });
  });
});
