import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A real Redis on a port of its own, without files that outlive it. */
export type TestRedis = {
  readonly port: number;
  /** Ends it as a power cut would, and starts it again on the same port, empty. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Lets it hang without an answer, and go on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
};

/**
 * Starts the Redis of this machine. `options` are arguments of its command line. Debian's redis-tools has the whole server, which works as what it is
 * called by; the package redis-server would add a service that runs all the time.
 */
export async function startRedis(options: (port: number) => readonly string[] = () => []): Promise<TestRedis> {
  const program = onPath('redis-server') ?? onPath('redis-check-rdb');
  if (program === null) {
    throw new Error(
      'There is no Redis on the path; `npm run setup -- --test` installs it, or names the command that does.',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'pulser-redis-'));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const end = (): void => void child?.kill('SIGKILL');
  process.once('exit', end);
  const start = async (): Promise<void> => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    const started = spawn(program, [...args, ...options(port)], { argv0: 'redis-server', stdio: 'ignore' });
    child = started;
    const deadline = performance.now() + 20_000;
    while (!(await answers(port))) {
      if (started.exitCode !== null || performance.now() > deadline) throw new Error('redis-server did not start');
      await wait(10);
    }
  };
  const kill = async (): Promise<void> => {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    port,
    kill,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async stop() {
      await kill();
      process.removeListener('exit', end);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function onPath(program: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file)) ?? null;
}

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const say = (there: boolean): void => {
      socket.destroy();
      resolve(there);
    };
    socket.once('connect', () => say(true));
    socket.once('error', () => say(false));
  });
}
