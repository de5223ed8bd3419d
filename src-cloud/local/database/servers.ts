import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

import type { RunAs } from './binaries.ts';
import type { Keeper } from './keeper-client.ts';

/** A server program that was started and is looked after. */
export type Server = {
  readonly pid: number;
  /** The last lines it wrote, for error messages. */
  readonly log: () => string;
  /** Resolves when the program has ended, with its exit code (null: killed). */
  readonly ended: Promise<number | null>;
  /** Calls back on every line the program writes. */
  readonly onLine: (listener: (line: string) => void) => () => void;
  /** Sends the signal, waits for the end, and kills after ten seconds. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>;
};

type ServerOptions = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly runAs?: RunAs | undefined;
  /** Who ends it, and with which signal, when this process is gone. */
  readonly keeper?: Keeper;
  readonly lastSignal?: NodeJS.Signals;
};

const keptLines = 60;
const stopTimeoutMs = 10_000;

/** Starts a server program; what it writes is kept for error messages and not shown. */
export function startServer(options: ServerOptions): Server {
  const child = spawn(options.program, options.args, {
    // A group of its own, so that Ctrl+C in a terminal reaches only us and we stop in order.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    cwd: options.runAs ? '/' : process.cwd(),
    env: { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], TZ: 'UTC', LC_ALL: 'C', ...options.env },
    ...options.runAs,
  });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  collectLines(child, (line) => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    for (const listener of listeners) listener(line);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      lines.push(String(error));
      resolve(null);
    });
    child.once('exit', (code) => resolve(code));
  });
  const pid = child.pid ?? -1;
  if (pid > 0) {
    options.keeper?.watch(pid, options.lastSignal ?? 'SIGTERM');
    void ended.then(() => options.keeper?.forget(pid));
  }
  return {
    pid,
    log: () => lines.join('\n'),
    ended,
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop(signal) {
      if (pid < 0) return;
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function collectLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) onLine(part);
    });
  }
}

/** Runs a program to its end. @throws Error with what it wrote, when it fails */
export async function runProgram(program: string, args: readonly string[], runAs?: RunAs): Promise<void> {
  const server = startServer({ program, args, runAs });
  const code = await server.ended;
  if (code !== 0) throw new Error(`${program} failed (exit code ${code}):\n${server.log()}`);
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was assigned.');
  return address.port;
}
