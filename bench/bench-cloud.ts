import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { createProvision } from '#cloud/local/provision.ts';

/** Where a cloud answers, and what opens it. */
export type CloudAccess = {
  readonly url: string;
  readonly anonKey: string;
  readonly serviceRoleKey: string;
  /** PostgreSQL as the owner of the migrations. */
  readonly databaseUrl: string;
};

export type BenchCloud = {
  readonly cloud: CloudAccess;
  /** The process in which the gateway runs; PostgreSQL and PostgREST are its children. */
  readonly pid: number;
  /** A code that enrols one more PC in the one store there is. */
  readonly enrolmentCode: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

/** A local cloud that is as durable as a real one, with one store in it, for measuring. It is a process of its own, as a cloud is elsewhere. */
export async function benchCloud(): Promise<BenchCloud> {
  const dataDir = mkdtempSync(join(tmpdir(), 'pulser-bench-cloud-'));
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../src-cloud/local/cli.ts'), '--data', dataDir, '--port', '0', '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await firstLine(createInterface({ input: child.stdout }), ended);
  if (line === undefined) throw new Error('The local cloud did not start');
  const cloud = JSON.parse(line) as CloudAccess;
  const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
  const storeId = await provision.createStore({
    code: 'BENCH',
    name: 'Bench Store',
    region: 'NCR',
    province: 'Metro Manila',
    city: 'Manila',
    barangay: 'Tondo',
  });
  return {
    cloud,
    pid: child.pid ?? 0,
    enrolmentCode: () => provision.createEnrolmentCode(storeId),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function firstLine(lines: Interface, ended: Promise<void>): Promise<string | undefined> {
  return Promise.race([new Promise<string>((resolve) => lines.once('line', resolve)), ended.then(() => undefined)]);
}
