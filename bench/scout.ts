import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache } from '#main/accelerators/cache/create-cache.ts';
import { readOrCreateKeyFile } from '#main/host/key-file.ts';
import { startHeadlessPc, type HeadlessPc } from '#main/host/testing/headless-pc.ts';
import { ok } from '#shared/result.ts';
import { round, times, type Times } from './measure.ts';
import { lineCount, writeMillionLines } from './million-lines.ts';

export type ScoutReport = {
  itemLines: number;
  /** tools/call over HTTP of tools that read a few rows. Goal: p50 under 5 ms. */
  syncStatus: Times;
  findNotes: Times;
  recordTransaction: Times;
  /** Right after a sale. Goal: p99 under 250 ms. */
  dashboardTodayCold: Times;
  dashboard7dCold: Times;
  dashboard28dCold: Times;
  /** Goal: under 5 ms. */
  dashboardCached: Times;
  /** Baskets of four weeks; how many lines a second are counted. */
  basketsMs: number;
  /** In the process, without HTTP, in microseconds. Goal: under 1 ms. */
  cacheHitUs: { p50: number; p99: number };
};

const identity = {
  deviceId: '018f0000-0000-7000-8000-000000000001',
  deviceName: 'Bench',
  storeId: '018f0000-0000-7000-8000-000000000002',
  storeName: 'Bench',
  counter: 1,
};

/** Measures Scout as an assistant has it: the real host in a process of its own, over HTTP, on a store with a million item lines. */
export async function measureScout(): Promise<ScoutReport> {
  const folder = mkdtempSync(join(tmpdir(), 'pulser-bench-scout-'));
  const database = join(folder, 'store.db');
  const key = readOrCreateKeyFile({
    keyFile: join(folder, 'store.key'),
    database,
    random: (bytes) => randomFillSync(bytes),
  });
  if (!key.ok) throw new Error(key.error.message);
  const [product = ''] = writeMillionLines(database, key.value, identity, Date.now() - 60_000);
  const pc = await startHeadlessPc(folder, { PULSER_MCP_PORT: '0' });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const call = await openScout(pc, agent);
    const sell = () => command(pc, 'sales.record', { items: [{ productId: product, qty: 1000 }], payment: 'cash' });
    // readers and statements are ready, as after the first minute of a day
    for (const timeframe of ['today', '7d', '28d']) await call('get_dashboard', { timeframe });
    const cold = async (timeframe: string) =>
      times(
        await repeat(100, async () => {
          await sell();
          return () => call('get_dashboard', { timeframe });
        }),
      );
    const warm = (name: string, args: object, count: number) => repeat(count, () => () => call(name, args));
    return {
      itemLines: lineCount,
      syncStatus: times(await warm('sync_status', {}, 1000)),
      findNotes: times(await warm('fetch_transcriptions', { words: 'kape' }, 300)),
      recordTransaction: times(await warm('record_transaction', { items: [{ product: 'SKU-7', qty: 1 }] }, 25)),
      dashboardTodayCold: await cold('today'),
      dashboard7dCold: await cold('7d'),
      dashboard28dCold: await cold('28d'),
      dashboardCached: times(await warm('get_dashboard', { timeframe: '28d' }, 1000)),
      basketsMs: round((await warm('analyze_baskets', { days: 28 }, 1))[0] ?? 0),
      cacheHitUs: await measureHits(),
    };
  } finally {
    agent.destroy();
    await pc.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function command(pc: HeadlessPc, name: string, input: object): Promise<never> {
  const answer = await pc.caller.call(name as never, input as never);
  if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.detail ?? ''}`);
  return answer.value;
}

/** Opens Scout to an assistant and answers the way to call it: the newest protocol, one connection that stays open. */
async function openScout(pc: HeadlessPc, agent: Agent): Promise<(name: string, args: object) => Promise<void>> {
  await command(pc, 'services.setTier', { service: 'scout', tier: 'write' });
  const scopes = [{ service: 'scout', write: true }];
  const { token }: { token: string } = await command(pc, 'tokens.create', { name: 'bench', scopes, days: 1 });
  const report: { services: { id: string; url: string | null }[] } = await command(pc, 'services.get', {});
  const url = report.services.find(({ id }) => id === 'scout')?.url;
  if (!url) throw new Error('Scout is not served');
  return async (name, args) => {
    const answer = await post(url, agent, token, name, args);
    if (!answer.includes('"structuredContent"')) throw new Error(`${name}: ${answer.slice(0, 300)}`);
  };
}

function post(url: string, agent: Agent, token: string, name: string, args: object): Promise<string> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  };
  const params = { name, arguments: args, _meta: meta };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${token}`,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Milliseconds of each run; what comes before a run, such as a sale, is not measured. */
async function repeat(
  count: number,
  prepare: () => (() => Promise<void>) | Promise<() => Promise<void>>,
): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const work = await prepare();
    const started = performance.now();
    await work();
    samples.push(performance.now() - started);
  }
  return samples;
}

async function measureHits(): Promise<ScoutReport['cacheHitUs']> {
  const cache = createCache({ now: Date.now, memoryBytes: 10_000_000 });
  const value = { text: 'x'.repeat(900) };
  const entry = { key: 'bench', tags: ['a', 'b', 'c'], ttlMs: 300_000 };
  const samples = await repeat(20_000, () => async () => void (await cache.get(entry, async () => ok(value))));
  const { p50Ms, p99Ms } = times(samples);
  return { p50: round(p50Ms * 1000), p99: round(p99Ms * 1000) };
}
