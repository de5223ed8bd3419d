import { createHash } from 'node:crypto';
import { chown, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { Client } from 'pg';

import { databaseUser, findPostgres, isReachable, reachableRoot } from './binaries.ts';
import type { Keeper } from './keeper-client.ts';
import { freePort, runProgram, type Server, startServer } from './servers.ts';

/** A running PostgreSQL. */
export type Cluster = {
  readonly port: number;
  /** Stops in order: clients are cut off, everything committed is on disk. */
  readonly stop: () => Promise<void>;
  /** Stops at once, without a word to anybody (immediate mode), and starts again on the same port, which recovers from the log. */
  readonly crash: () => Promise<void>;
};

/** Where the files of PostgreSQL itself live for a cloud's data folder. */
export async function clusterFolder(dataDir: string): Promise<string> {
  if (await isReachable(dataDir, databaseUser())) return join(dataDir, 'postgres');
  // The project lives in a folder closed to the database's user (root's home): keep the data where it can go.
  const name = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16);
  return join(reachableRoot, 'data', name);
}

/** Whether a cluster was created in this folder. */
export async function hasCluster(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'PG_VERSION')).catch(() => undefined)) !== undefined;
}

/**
 * Creates an empty cluster with the superuser `supabase_admin`. An interrupted creation leaves nothing that looks whole.
 */
export async function createCluster(folder: string, password: string, durable: boolean): Promise<void> {
  const runAs = databaseUser();
  const native = await findPostgres(runAs);
  await mkdir(join(folder, '..'), { recursive: true, mode: 0o755 });
  const secrets = await mkdtemp(join(tmpdir(), 'pulser-init-'));
  const half = `${folder}.new`;
  try {
    const passwordFile = join(secrets, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await rm(half, { recursive: true, force: true });
    await mkdir(half, { mode: 0o700 });
    if (runAs) for (const path of [secrets, passwordFile, half]) await chown(path, runAs.uid, runAs.gid);
    await runProgram(
      join(native, 'bin', 'initdb'),
      [
        `--pgdata=${half}`,
        '--username=supabase_admin',
        '--encoding=UTF8',
        // Hosted is C.UTF-8. Only Linux has it in its C library; elsewhere PostgreSQL's own provider sorts the same way.
        ...(process.platform === 'linux'
          ? ['--locale=C.UTF-8']
          : ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']),
        '--auth=scram-sha-256',
        `--pwfile=${passwordFile}`,
        ...(durable ? [] : ['--no-sync']),
        '--no-instructions',
        '--wal-segsize=4',
        // The passwords are long and random: more rounds only make connecting slower.
        '--set=scram_iterations=1',
      ],
      runAs,
    );
    await rename(half, folder);
  } finally {
    await rm(secrets, { recursive: true, force: true });
    await rm(half, { recursive: true, force: true });
  }
}

const portAttempts = 5;
const readyTimeoutMs = 120_000;
/** A predecessor whose owner was killed needs a moment to end. */
const predecessorMs = 2_000;

/**
 * Starts PostgreSQL on a loopback port. `durable: false` is for tests: a crash of the machine may damage the data.
 * @throws Error in plain words when the folder is in use or PostgreSQL refuses to start
 */
export async function startCluster(options: {
  readonly folder: string;
  readonly durable: boolean;
  readonly password: string;
  readonly keeper: Keeper;
}): Promise<Cluster> {
  const runAs = databaseUser();
  const native = await findPostgres(runAs);
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const launch = (): Server =>
      startServer({
        program: join(native, 'bin', 'postgres'),
        args: ['-D', options.folder, ...settings(port, options.durable).flatMap((setting) => ['-c', setting])],
        runAs,
        keeper: options.keeper,
        lastSignal: options.durable ? 'SIGINT' : 'SIGQUIT',
      });
    let server = launch();
    if (await becomesReady(server, port, options.password))
      return {
        port,
        stop: () => stopCluster(server, native, options.folder),
        async crash() {
          await server.stop('SIGQUIT');
          server = launch();
          if (!(await becomesReady(server, port, options.password)))
            throw new Error(`PostgreSQL did not start again on ${options.folder}:\n${server.log()}`);
        },
      };
    const log = server.log();
    if (/lock file "postmaster.pid" already exists/.test(log)) {
      if (performance.now() - startedAt < predecessorMs) {
        attempt -= 1;
        await pause(100);
        continue;
      }
      throw new Error(
        `Another local cloud is running on ${options.folder} (${await ownerOf(options.folder)}). Stop it first.`,
      );
    }
    if (!/could not bind|Address already in use/.test(log) || attempt === portAttempts) {
      throw new Error(`PostgreSQL did not start on ${options.folder}:\n${log}`);
    }
  }
}

function settings(port: number, durable: boolean): string[] {
  const always = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=120',
    'shared_buffers=128MB',
    'max_wal_size=1GB',
    'timezone=UTC',
    'log_timezone=UTC',
    'log_min_messages=warning',
    'jit=off',
  ];
  return durable
    ? always
    : [...always, 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum_naptime=60'];
}

/** True once it answers a query; false when the program ended before that. */
async function becomesReady(server: Server, port: number, password: string): Promise<boolean> {
  const deadline = performance.now() + readyTimeoutMs;
  let over = false;
  void server.ended.then(() => (over = true));
  while (!over) {
    const client = new Client({ host: '127.0.0.1', port, user: 'supabase_admin', password, database: 'postgres' });
    client.on('error', () => undefined); // reported by connect() already
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (error) {
      const { code = 'ended' } = error as { code?: string };
      // Refused: not listening yet. 57P03: starting up or recovering. Ended: hung up on before the first word.
      if (!['ECONNREFUSED', '57P03', 'ECONNRESET', 'ended'].includes(code)) {
        await server.stop('SIGQUIT');
        throw error;
      }
      if (performance.now() > deadline) {
        await server.stop('SIGQUIT');
        return false;
      }
      await pause(10);
    }
  }
  return false;
}

async function stopCluster(server: Server, native: string, folder: string): Promise<void> {
  if (process.platform === 'win32') {
    await runProgram(join(native, 'bin', 'pg_ctl.exe'), ['stop', '-D', folder, '-m', 'fast']);
    await server.ended;
  } else {
    await server.stop('SIGINT');
  }
}

async function ownerOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  return `process ${text.split('\n')[0] || 'unknown'}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((next) => setTimeout(next, ms));
}
