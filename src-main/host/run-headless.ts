/** The host in a process without a window; `src-main/headless.ts` is its entry. */
import { randomBytes, randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machineDeps } from '../config/machine.ts';
import { readConfig } from '../config/read-config.ts';
import type { Config } from '../config/read-config.ts';
import { serveSocket, type SocketServer } from './carriers/socket.ts';
import { hostLogger } from './host-logger.ts';
import { readOrCreateKeyFile } from './key-file.ts';
import { openHost } from './open-host.ts';
import type { Host } from './open-host.ts';
import type { HostParts } from './parts.ts';
import { hostPaths } from './paths.ts';
import type { HostPaths } from './paths.ts';
import { realParts } from './real-parts.ts';
import { selfEnrol } from './self-enrol.ts';
import { realTimers } from './timers.ts';
import { programVersions } from './versions.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { appError } from '#shared/contract/errors.ts';
import { storeErrorOf } from '../store/open-database.ts';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';

export type HeadlessDeps = {
  readonly onReady: () => void;
  /** What the host is made of; a test build brings its own. */
  readonly parts?: HostParts;
};

/** Runs until a signal ends it; `onReady` comes once it serves. The exit code is the process's. */
export function runHeadless({ onReady, parts = realParts }: HeadlessDeps): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  const config = readConfig(
    machineDeps(process.env, process.platform, values.data === undefined ? null : resolve(values.data)),
  );
  if (!config.ok)
    return refuse(2, ['The configuration needs correcting:', ...config.error.map((problem) => `- ${problem}`)]);
  const paths = hostPaths(config.value.dataDir, installation(), process.env['PULSER_SQLITE_BINDING']);
  return run(config.value, paths, onReady, parts);
}

async function run(config: Config, paths: HostPaths, onReady: () => void, parts: HostParts): Promise<void> {
  const log = hostLogger(paths.logs, 'host');
  process.on('uncaughtException', (error) => {
    log.logger.error('host.crashed', { error });
    process.stderr.write('Pulser Field met a fault and stopped. The log in the data folder says more.\n');
    process.exit(1);
  });
  const opened = openWithKeyFile(config, paths, log.logger, parts);
  if (!opened.ok) return refuse(3, wordsOf(opened.error));
  const host = opened.value;
  const served = await serve(host, paths, log.logger);
  if (!served.ok) {
    await host.stop();
    return refuse(3, wordsOf(served.error));
  }
  const { started, socket } = served.value;
  endOnSignal(async () => {
    await socket.close();
    await host.stop();
    log.close();
  });
  await selfEnrol({ host, config, logger: log.logger, timers: realTimers, hostName: hostname() });
  const line = { ready: true, port: socket.port, ...started, pid: process.pid, dataDir: paths.dataDir };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  onReady();
}

type Served = { readonly started: { readonly metricsPort: number }; readonly socket: SocketServer };

/** Starts the host and writes down how to reach it. A disk that takes nothing is an expected failure here too. */
async function serve(host: Host, paths: HostPaths, logger: Logger): Promise<Result<Served, AppError>> {
  try {
    const started = await host.start();
    const token = randomBytes(24).toString('hex');
    const socket = await serveSocket({ host, dataDir: paths.dataDir, token, pid: process.pid, logger });
    return ok({ started, socket });
  } catch (error) {
    const known = storeErrorOf(error);
    if (!known) throw error;
    logger.error('host.not-served', { error });
    return fail(known);
  }
}

function wordsOf({ message, action, detail }: AppError): string[] {
  return [message, action, ...(detail === undefined ? [] : [`(${detail})`])];
}

function openWithKeyFile(config: Config, paths: HostPaths, logger: Logger, parts: HostParts): Result<Host, AppError> {
  const key = readKey(paths);
  if (!key.ok) return key;
  return openHost({
    config,
    paths,
    key: key.value,
    keyKeptBy: 'file',
    logger,
    parts,
    timers: realTimers,
    now: Date.now,
    clock: () => performance.now(),
    versions: programVersions(process.versions),
  });
}

function readKey(paths: HostPaths): Result<Uint8Array, AppError> {
  try {
    return readOrCreateKeyFile({ ...paths, random: (bytes) => randomFillSync(bytes) });
  } catch (error) {
    const known = storeErrorOf(error);
    return fail(known ?? appError('file-unreadable', error instanceof Error ? error.message : String(error)));
  }
}

/** The folder that holds this program: the nearest one above with the migrations in it, from source and from a bundle alike. */
function installation(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'migrations', 'local')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function endOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    void stop().then(() => process.exit(0));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

async function refuse(code: number, lines: readonly string[]): Promise<void> {
  process.exitCode = code;
  await new Promise<void>((done) => {
    process.stderr.write(`${lines.join('\n')}\n`, () => done());
  });
}
