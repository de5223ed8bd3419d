import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from './logger.ts';
import { startMetricsServer } from './metrics-server.ts';
import type { MetricsServer } from './metrics-server.ts';
import { createMetrics } from './metrics.ts';
import type { StoreNumbers } from './metrics.ts';

const numbers: StoreNumbers = {
  pendingChanges: 12,
  lastSuccessAt: null,
  since: 1_000_000,
  syncErrors: 3,
  compressionRatio: 0.25,
  dbBytes: 4096,
};

async function start(current: () => StoreNumbers, port = 0, warnings: string[] = []): Promise<MetricsServer> {
  const logger = { ...silentLogger, warn: (event: string) => void warnings.push(event) };
  const metrics = createMetrics({ readNumbers: current, now: () => 1_600_000 });
  const server = await startMetricsServer({
    metrics,
    health: () => ({ ok: true, state: 'synced', degraded: [] }),
    port,
    logger,
  });
  onTestFinished(() => server.close());
  return server;
}
async function scrape(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

describe('metrics', () => {
  it('reads every number at the moment of the scrape', async () => {
    let current = numbers;
    const server = await start(() => current);
    const first = await scrape(server.port);
    for (const line of [
      'sqlite_pending_changes 12',
      'sqlite_last_sync_age 600',
      'sqlite_sync_errors 3',
      'sqlite_compression_ratio 0.25',
      'sqlite_db_size 4096',
    ]) {
      expect(first).toMatch(new RegExp(`^${line}$`, 'm'));
    }
    expect(first).toContain('process_cpu_seconds_total');
    current = { ...numbers, pendingChanges: 0, lastSuccessAt: 1_590_000 };
    const second = await scrape(server.port);
    expect(second).toMatch(/^sqlite_pending_changes 0$/m);
    expect(second).toMatch(/^sqlite_last_sync_age 10$/m);
  });

  it('answers health, and nothing else', async () => {
    const { port } = await start(() => numbers);
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect(await health.json()).toEqual({ ok: true, state: 'synced', degraded: [] });
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  it('refuses a foreign host name', async () => {
    const { port } = await start(() => numbers);
    const status = await new Promise((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '/metrics', headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('takes a free port when the wished one is taken, and says so', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    onTestFinished(() => void blocker.close());
    const taken = (blocker.address() as AddressInfo).port;
    const warnings: string[] = [];
    const server = await start(() => numbers, taken, warnings);
    expect(server.port).not.toBe(taken);
    expect(warnings).toEqual(['metrics.port-taken']);
    expect(await scrape(server.port)).toContain('sqlite_db_size');
  });

  it('answers 500 and stays up when the numbers cannot be read', async () => {
    let broken = true;
    const server = await start(() => {
      if (broken) throw new Error('locked');
      return numbers;
    });
    expect((await fetch(`http://127.0.0.1:${server.port}/metrics`)).status).toBe(500);
    broken = false;
    expect((await fetch(`http://127.0.0.1:${server.port}/metrics`)).status).toBe(200);
  });
});
