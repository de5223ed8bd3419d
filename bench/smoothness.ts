import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { CloudAccess } from './bench-cloud.ts';
import { readConfig } from '#main/config/read-config.ts';
import type { RemoteCaller } from '#main/host/carriers/remote.ts';
import { hostPaths } from '#main/host/paths.ts';
import type { HostThreadData } from '#main/host/thread-messages.ts';
import { startHostWorker } from '#main/shell/host-worker.ts';
import { round, type Times } from './measure.ts';

export type SmoothnessReport = {
  pulledRows: number;
  pullRowsPerSecond: number;
  /** Lateness of a 1 ms timer in the window's process while the host thread receives. Goal: p99 under 16 ms. */
  windowThread: Times;
  hostThread: Times;
};

/** Starts the real host in its worker thread, lets it receive all there is, and watches how late both threads run meanwhile. */
export async function measureSmoothness(cloud: CloudAccess, code: string): Promise<SmoothnessReport> {
  const folder = mkdtempSync(join(tmpdir(), 'pulser-bench-host-'));
  const config = readConfig({
    env: {
      SUPABASE_URL: cloud.url,
      SUPABASE_ANON_KEY: cloud.anonKey,
      PULSER_METRICS_PORT: '0',
      PULSER_DATA_DIR: folder,
    },
    readText: () => null,
    defaultDataDir: folder,
    machineFile: join(folder, 'none'),
  });
  if (!config.ok) throw new Error(config.error.join('\n'));
  const root = join(import.meta.dirname, '..');
  const data: HostThreadData = {
    config: config.value,
    paths: hostPaths(folder, root, undefined),
    key: randomBytes(32),
    keyKeptBy: 'file',
    versions: {},
  };
  const worker = startHostWorker(join(root, 'src-main/host-thread.ts'), data, {
    onReady: () => undefined,
    onFailed: (error) =>
      process.stderr.write(`${error.message}
`),
    onDied: (error) =>
      process.stderr.write(`The host thread died: ${error?.message ?? 'no reason'}
`),
  });
  const host = worker.caller;
  try {
    const window = monitorEventLoopDelay({ resolution: 1 });
    window.enable();
    const enrolled = await host.call('device.enrol', { code, deviceName: 'Smooth' });
    if (!enrolled.ok) throw new Error(enrolled.error.message);
    const run = await firstFullRun(host);
    window.disable();
    const { loopDelay } = value(await host.call('diagnostics.get', {}));
    return {
      pulledRows: run.pulled,
      pullRowsPerSecond: Math.round((run.pulled / run.ms) * 1000),
      windowThread: {
        p50Ms: round(window.percentile(50) / 1e6),
        p99Ms: round(window.percentile(99) / 1e6),
        maxMs: round(window.max / 1e6),
      },
      hostThread: { p50Ms: round(loopDelay.p50Ms), p99Ms: round(loopDelay.p99Ms), maxMs: round(loopDelay.maxMs) },
    };
  } finally {
    await worker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstFullRun(host: RemoteCaller): Promise<{ pulled: number; ms: number }> {
  for (;;) {
    const { runs } = value(await host.call('overview.get', {}));
    const run = runs.find((each) => each.pulled > 1000 && each.outcome === 'ok');
    if (run) return run;
    await new Promise<void>((resolve) => {
      const off = host.on('changes', ({ tables }) => {
        if (!tables.includes('_runs')) return;
        off();
        resolve();
      });
    });
  }
}

function value<T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
