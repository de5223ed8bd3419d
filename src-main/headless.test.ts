import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CommandInput, CommandName, CommandOutput } from '#shared/contract/commands.ts';
import { compileCacheDir } from './config/machine.ts';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud } from '#cloud/local/testing.ts';
import type { TestCloud } from '#cloud/local/testing.ts';
import { startHeadlessPc, withoutPulser } from './host/testing/headless-pc.ts';
import type { HeadlessPc } from './host/testing/headless-pc.ts';
import { waitFor } from './host/testing/wait-for.ts';

const root = join(import.meta.dirname, '..');
let cloud: TestCloud;
let storeId: string;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  cloud = await testCloud();
  storeId = await provision().createStore({
    code: 'S1',
    name: 'Tindahan ni Aling Rosa',
    region: 'NCR',
    province: 'Metro Manila',
    city: 'Quezon City',
    barangay: 'Bagumbayan',
  });
}, 120_000);
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => cloud?.stop());

function provision(): ReturnType<typeof createProvision> {
  return createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
}
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'pulser-headless-'));
  cleanups.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
async function pc(dataDir: string, extra: Record<string, string> = {}): Promise<HeadlessPc> {
  const started = await startHeadlessPc(dataDir, {
    SUPABASE_URL: cloud.url,
    SUPABASE_ANON_KEY: cloud.anonKey,
    SYNC_INTERVAL: '1',
    ...extra,
  });
  cleanups.push(() => started.kill());
  return started;
}
async function ask<N extends CommandName>(on: HeadlessPc, name: N, input: CommandInput<N>): Promise<CommandOutput<N>> {
  const answer = await on.caller.call(name, input);
  if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.detail ?? ''}`);
  return answer.value;
}

describe('the headless host', () => {
  it('keeps what it compiled for the next start, killed or not, and starts without that where the folder takes nothing', async () => {
    const caches = folder();
    // HOME for macOS
    const env = { XDG_CACHE_HOME: caches, LOCALAPPDATA: caches, HOME: caches };
    const first = await pc(folder(), env);
    await first.kill();
    expect(readdirSync(compileCacheDir(env, process.platform), { recursive: true }).length).toBeGreaterThan(20);
    const nowhere = join(caches, 'a-file');
    writeFileSync(nowhere, '');
    expect(
      await ask(await pc(folder(), { XDG_CACHE_HOME: nowhere, LOCALAPPDATA: nowhere }), 'status.get', {}),
    ).toBeTruthy();
  });

  it('enrols itself, sends a sale, survives a power cut, and its metrics stay true', async () => {
    const dataDir = folder();
    const code = await provision().createEnrolmentCode(storeId);
    const first = await pc(dataDir, { PULSER_ENROL_CODE: code, PULSER_DEVICE_NAME: 'Counter 1' });
    const status = await ask(first, 'status.get', {});
    expect(status).toMatchObject({ device: { name: 'Counter 1' }, store: { id: storeId }, keyKeptBy: 'file' });
    const { id } = await ask(first, 'products.create', {
      sku: 'A1',
      name: 'Kape',
      category: 'Drinks',
      unit: 'pc',
      price: 1200,
      cost: 900,
    });
    await ask(first, 'sales.record', { items: [{ productId: id, qty: 2000 }], payment: 'cash' });
    await waitFor('the queue to empty', async () => (await ask(first, 'status.get', {})).waiting === 0);
    expect(await cloud.sql('select total from public.transactions')).toEqual([
      expect.objectContaining({ total: expect.anything() }),
    ]);

    await cloud.setOffline(true);
    await ask(first, 'sales.record', { items: [{ productId: id, qty: 1000 }], payment: 'cash' });
    await waitFor('a failed cycle', async () => (await ask(first, 'status.get', {})).failure?.code === 'offline');
    const before = await metrics(first);
    expect(before['sqlite_pending_changes']).toBeGreaterThan(0);
    expect(before['sqlite_sync_errors']).toBeGreaterThan(0);
    await first.kill();

    const again = await pc(dataDir, { PULSER_ENROL_CODE: code });
    const after = await metrics(again);
    expect(after['sqlite_pending_changes']).toBe(before['sqlite_pending_changes']);
    expect(after['sqlite_sync_errors']).toBeGreaterThanOrEqual(before['sqlite_sync_errors'] as number);
    await cloud.setOffline(false);
    await waitFor('the queue to empty', async () => (await ask(again, 'status.get', {})).waiting === 0);
    expect(await cloud.sql('select id from public.transactions')).toHaveLength(2);
    const log = readFileSync(join(dataDir, 'logs', 'host.log'), 'utf8');
    for (const secret of [code, cloud.anonKey]) expect(log).not.toContain(secret);
    await again.stop();
    expect(existsSync(join(dataDir, 'host.json'))).toBe(false);
  }, 60_000);

  it('lets a second PC receive what the first one changed, and names a PC that is in the way', async () => {
    const one = await pc(folder(), { PULSER_ENROL_CODE: await provision().createEnrolmentCode(storeId) });
    const two = await pc(folder(), { PULSER_ENROL_CODE: await provision().createEnrolmentCode(storeId) });
    const { id } = await ask(one, 'customers.create', { name: 'Aling Nena' });
    await waitFor('the customer on the other PC', async () => {
      const list = await ask(two, 'customers.list', { search: 'Nena' });
      return list.items.some((item) => item.id === id);
    });
    const third = await run(one.dataDir, {});
    expect(third).toMatchObject({ code: 3, errors: expect.stringContaining('Another program holds the store file.') });
  }, 60_000);

  it('brings the work of a PC without a network to the cloud on a stick, and the answer back', async () => {
    const one = await pc(folder(), { PULSER_ENROL_CODE: await provision().createEnrolmentCode(storeId) });
    const two = await pc(folder(), { PULSER_ENROL_CODE: await provision().createEnrolmentCode(storeId) });
    const path = join(folder(), 'counter.pulserbundle');
    await waitFor('the first round', async () => (await ask(one, 'status.get', {})).state === 'synced');
    await ask(one, 'sync.pause', { until: null, reason: 'no network' });
    const { id } = await ask(one, 'customers.create', { name: 'Mang Ben' });
    expect(await ask(one, 'bundle.export', { path })).toMatchObject({ path, operations: 1, left: 0 });
    expect(await ask(two, 'bundle.inspect', { path })).toMatchObject({ kind: 'bundle', own: false, operations: 1 });
    const { answerPath } = await ask(two, 'bundle.import', { path });
    expect(await cloud.sql('select name from customers where id = $1', [id])).toEqual([{ name: 'Mang Ben' }]);
    expect((await ask(one, 'status.get', {})).waiting).toBe(1);
    expect(await ask(one, 'bundle.import', { path: answerPath ?? '' })).toMatchObject({
      kind: 'answer',
      operations: 1,
    });
    expect(await ask(one, 'status.get', {})).toMatchObject({ waiting: 0, state: 'paused' });
    expect((await ask(one, 'bundle.list', {})).items.map(({ kind }) => kind)).toEqual(['answer', 'export']);
  }, 60_000);

  it('refuses a wrong configuration with every problem and exit code 2', async () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, 'settings.json'), '{"BATCH_SIZE": "many"}');
    const ended = await run(dataDir, { SYNC_INTERVAL: 'never' });
    expect(ended.code).toBe(2);
    expect(ended.errors).toMatch(/SYNC_INTERVAL[^]*BATCH_SIZE|BATCH_SIZE[^]*SYNC_INTERVAL/);
  });

  it('leaves a damaged store and a store without its key as they are', async () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, 'store.db'), 'not a database');
    expect(await run(dataDir, {})).toMatchObject({ code: 3, errors: expect.stringContaining('key') });
    writeFileSync(join(dataDir, 'store.key'), 'ab'.repeat(32));
    expect(await run(dataDir, {})).toMatchObject({ code: 3, errors: expect.stringContaining('damaged') });
    expect(readFileSync(join(dataDir, 'store.db'), 'utf8')).toBe('not a database');
  });
});

async function metrics(on: HeadlessPc): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${on.metricsPort}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('sqlite_'));
  return Object.fromEntries(
    lines.map((line) => line.split(' ') as [string, string]).map(([name, value]) => [name, Number(value)]),
  );
}

/** Runs the headless host until it ends by itself. */
function run(dataDir: string, env: Record<string, string>): Promise<{ code: number | null; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(
      join(root, 'node_modules', '.bin', 'node'),
      [join(root, 'src-main', 'headless.ts'), '--data', dataDir],
      {
        env: {
          ...withoutPulser(process.env),
          PULSER_ENV_FILE: join(dataDir, 'none'),
          PULSER_METRICS_PORT: '0',
          ...env,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('exit', (code) => resolve({ code, errors }));
  });
}
