import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMCPClient } from '@ai-sdk/mcp';
import { StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startServingHost } from '../conformance/serving-host.ts';
import type { ServingHost } from '../conformance/serving-host.ts';
import { bridgeSource } from './build-bundle.ts';

/* Programs and libraries that nobody here wrote connect to the product as it ships, by its address and through the bridge. */

const root = join(import.meta.dirname, '..', '..');
const packages = join(root, 'node_modules');
const node = join(packages, '.bin', 'node');
const folder = mkdtempSync(join(tmpdir(), 'pulser-clients-'));
const bridge = join(folder, 'bridge.mjs');
let host: ServingHost;
let url: string;
let id: string;
let env: Record<string, string>;

beforeAll(async () => {
  writeFileSync(bridge, bridgeSource());
  host = await startServingHost('src-main/headless.ts');
  ({ url, id } = host.services[0] ?? { url: '', id: '' });
  env = { PATH: process.env['PATH'] ?? '', PULSER_DATA_DIR: host.dataDir, PULSER_MCP_TOKEN: host.token };
});
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

const headers = (): Record<string, string> => ({ authorization: `Bearer ${host.token}` });
const described = z.looseObject({ service: z.string(), state: z.string(), tools: z.array(z.looseObject({})).min(2) });

/** Runs a program to its end; answers what it printed and how it ended. */
function run(args: readonly string[], more: Record<string, string> = {}): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(
      node,
      args,
      { env: { ...env, ...more }, cwd: folder, timeout: 50_000, maxBuffer: 10_000_000 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: stdout + stderr }),
    );
  });
}

describe.each(['the address', 'the bridge'] as const)('over %s', (way) => {
  const overHttp = way === 'the address';

  it.each(['auto', 'legacy'] as const)('the protocol library of today connects and calls (%s)', async (mode) => {
    const client = new Client({ name: 'today', version: '1' }, { versionNegotiation: { mode } });
    const transport = overHttp
      ? new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: headers() } })
      : new StdioClientTransport({ command: node, args: [bridge, id], env });
    await client.connect(transport);
    const answer = await client.callTool({ name: 'describe', arguments: {} });
    expect(described.parse(answer.structuredContent).service).toBe(id);
    await client.close();
  });

  it('the protocol library of before connects and calls', async () => {
    const client = new ClientV1({ name: 'before', version: '1' });
    const transport = overHttp
      ? new HttpV1(new URL(url), { requestInit: { headers: headers() } })
      : new StdioV1({ command: node, args: [bridge, id], env });
    await client.connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('describe');
    const answer = await client.callTool({ name: 'describe', arguments: {} });
    expect(described.parse(answer.structuredContent).service).toBe(id);
    await client.close();
  });

  it('the AI SDK connects and calls', async () => {
    const client = await createMCPClient({
      transport: overHttp
        ? { type: 'http', url, headers: headers() }
        : new StdioMCPTransport({ command: node, args: [bridge, id], env }),
    });
    const tools = await client.tools();
    const answer = await tools['describe']?.execute({}, { toolCallId: '1', messages: [], context: {} });
    expect(JSON.stringify(answer)).toContain(id);
    await client.close();
  });

  it('the Inspector finds no schema that a client could not take, and calls', async () => {
    const inspector = join(packages, '@modelcontextprotocol', 'inspector', 'clients', 'launcher', 'build', 'index.js');
    const era = overHttp ? 'modern' : 'auto';
    const where = overHttp
      ? ['--server-url', url, '--transport', 'http', '--header', `Authorization: Bearer ${host.token}`]
      : ['-e', `PULSER_DATA_DIR=${host.dataDir}`, '-e', `PULSER_MCP_TOKEN=${host.token}`];
    const command = overHttp ? [] : ['--', node, bridge, id];
    const ask = (...more: string[]): ReturnType<typeof run> =>
      run([inspector, '--cli', ...where, '--protocol-era', era, '--format', 'json', '-q', ...more, ...command]);
    const listed = await ask('--method', 'tools/list', '--strict');
    expect([listed.code, listed.code === 0 ? '' : listed.out]).toEqual([0, '']);
    const called = await ask('--method', 'tools/call', '--tool-name', 'describe');
    expect([called.code, called.code === 0 ? '' : called.out]).toEqual([0, '']);
    expect(called.out).toContain(`"${id}"`);
  });
});

it('the Gemini CLI finds every service connected, by address and by bridge', async () => {
  const home = join(folder, 'home');
  mkdirSync(join(home, '.gemini'), { recursive: true });
  const mcpServers = Object.fromEntries(
    host.services.flatMap((service) => [
      [`pulser-${service.id}`, { httpUrl: service.url, headers: { Authorization: `Bearer ${host.token}` } }],
      [`bridged-${service.id}`, { command: node, args: [bridge, service.id], env }],
    ]),
  );
  writeFileSync(join(home, '.gemini', 'settings.json'), JSON.stringify({ mcpServers }));
  const gemini = join(packages, '@google', 'gemini-cli', 'bundle', 'gemini.js');
  const { out } = await run([gemini, 'mcp', 'list'], { HOME: home, GEMINI_CLI_TRUST_WORKSPACE: 'true' });
  for (const name of Object.keys(mcpServers)) expect(out).toMatch(new RegExp(`${name}.* Connected`));
});
