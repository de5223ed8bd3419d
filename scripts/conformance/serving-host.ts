import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CommandResult } from '#shared/contract/commands.ts';
import { readOrCreateKeyFile } from '#main/host/key-file.ts';
import { hostPaths } from '#main/host/paths.ts';
import { openStore } from '#main/store/open-store.ts';
import { writeIdentity } from '#main/store/identity.ts';
import { connectHost } from '#main/host/carriers/socket.ts';

export type ServingHost = {
  /** The address of every service, open for reading and changing. */
  readonly services: readonly { readonly id: string; readonly url: string }[];
  /** A token that allows everything. */
  readonly token: string;
  readonly dataDir: string;
  stop(): Promise<void>;
};

const root = join(import.meta.dirname, '..', '..');

/** Starts a headless host on data of its own and opens all its services. `entry` is relative to the project. */
export async function startServingHost(entry: string): Promise<ServingHost> {
  const dataDir = mkdtempSync(join(tmpdir(), 'pulser-services-'));
  enrol(dataDir);
  const child = spawn(join(root, 'node_modules', '.bin', 'node'), [join(root, entry), '--data', dataDir], {
    env: {
      ...process.env,
      PULSER_ENV_FILE: join(dataDir, 'none'),
      PULSER_METRICS_PORT: '0',
      PULSER_MCP_PORT: '0',
      SUPABASE_URL: '',
      SUPABASE_ANON_KEY: '',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  await firstLine(child);
  const caller = await connectHost(dataDir);
  const value = <T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T => {
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  };
  const report = async (): Promise<(CommandResult<'services.get'> & { ok: true })['value']> =>
    value(await caller.call('services.get', {}));
  const ids = (await report()).services.map(({ id }) => id);
  for (const service of ids) value(await caller.call('services.setTier', { service, tier: 'write' }));
  const scopes = ids.map((service) => ({ service, write: true }));
  const { token } = value(await caller.call('tokens.create', { name: 'conformance', scopes, days: 1 }));
  const services = (await report()).services.map(({ id, url }) => ({ id, url: url ?? '' }));
  return {
    services,
    token,
    dataDir,
    async stop() {
      caller.close();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      process.removeListener('exit', endWithUs);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Makes the store of a PC that belongs to a shop, as its enrolment would have left it. */
function enrol(dataDir: string): void {
  const paths = hostPaths(dataDir, root, process.env['PULSER_SQLITE_BINDING']);
  const key = readOrCreateKeyFile({ ...paths, random: (bytes) => randomFillSync(bytes) });
  if (!key.ok) throw new Error(key.error.message);
  const nativeBinding = paths.sqliteBinding === null ? {} : { nativeBinding: paths.sqliteBinding };
  const opened = openStore({ file: paths.database, key: key.value, migrations: paths.migrations, ...nativeBinding });
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;
  const [deviceId, storeId] = [store.newId(), store.newId()];
  store.apply(null, (db) => {
    writeIdentity(db, { deviceId, deviceName: 'Counter 1', storeId, storeName: 'Aling Nena', counter: 1 });
    db.run(
      'INSERT INTO stores (id, code, name, region, province, city, barangay) VALUES (?, ?, ?, ?, ?, ?, ?)',
      storeId,
      'S-1',
      'Aling Nena',
      'NCR',
      'Metro Manila',
      'Manila',
      'Tondo',
    );
  });
  store.close();
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The host ended with ${code}`)));
    if (child.stdout !== null) createInterface({ input: child.stdout }).once('line', resolve);
  });
}
