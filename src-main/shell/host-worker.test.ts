import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '#shared/contract/errors.ts';
import { readConfig } from '#main/config/read-config.ts';
import { hostPaths } from '#main/host/paths.ts';
import type { HostThreadData } from '#main/host/thread-messages.ts';
import { startHostWorker } from './host-worker.ts';

const root = join(import.meta.dirname, '..', '..');
const entry = join(root, 'src-main', 'host-thread.ts');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pulser-thread-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function data(key = 1): HostThreadData {
  const config = readConfig({
    env: { PULSER_METRICS_PORT: '0' },
    readText: () => null,
    defaultDataDir: folder,
    machineFile: '/none',
  });
  if (!config.ok) throw new Error(config.error.join());
  return {
    config: config.value,
    paths: hostPaths(folder, root, undefined),
    key: new Uint8Array(32).fill(key),
    keyKeptBy: 'file',
    versions: {},
  };
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

type Started = ReturnType<typeof startHostWorker> & {
  ready: Promise<number>;
  failed: Promise<AppError>;
  died: Promise<Error | null>;
};

function start(given: HostThreadData, file = entry): Started {
  const ready = deferred<number>();
  const failed = deferred<AppError>();
  const died = deferred<Error | null>();
  const worker = startHostWorker(file, given, {
    onReady: ready.resolve,
    onFailed: failed.resolve,
    onDied: died.resolve,
  });
  return { ...worker, ready: ready.promise, failed: failed.promise, died: died.promise };
}

describe('the host in its thread', { timeout: 30_000 }, () => {
  it('answers calls made before it was ready, serves its metrics, and closes its store at the end', async () => {
    const first = start(data());
    const [early, port] = await Promise.all([first.caller.call('status.get', {}), first.ready]);
    expect(early).toMatchObject({ ok: true, value: { keyKeptBy: 'file', device: null } });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/^sqlite_pending_changes 0$/m);
    await first.stop();
    expect(await first.caller.call('status.get', {})).toMatchObject({ ok: false, error: { code: 'host-gone' } });
    // The lock is free and the file whole: a second thread opens it.
    const second = start(data());
    expect(await second.caller.call('status.get', {})).toMatchObject({ ok: true });
    await second.stop();
  });

  it('says why the store cannot be opened and leaves the file alone', async () => {
    const first = start(data());
    await first.ready;
    const locked = start(data());
    expect(await locked.failed).toMatchObject({ code: 'database-locked' });
    await first.stop();
    const wrongKey = start(data(2));
    expect(await wrongKey.failed).toMatchObject({ code: 'database-key' });
    expect(await wrongKey.caller.call('status.get', {})).toMatchObject({ ok: false, error: { code: 'host-gone' } });
    const again = start(data());
    expect(await again.caller.call('status.get', {})).toMatchObject({ ok: true });
    await again.stop();
  });

  it('tells when the thread dies, and lets no call hang', async () => {
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, 'throw new Error("broken on purpose")');
    const worker = start(data(), broken);
    const call = worker.caller.call('status.get', {});
    expect((await worker.died)?.message).toContain('broken on purpose');
    expect(await call).toMatchObject({ ok: false, error: { code: 'host-gone' } });
  });
});
