/** The real host as a process of its own, which can be killed at any moment of its life. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Keeper } from '#cloud/local/database/keeper-client.ts';
import { connectHost } from '#main/host/carriers/socket.ts';
import type { RemoteCaller } from '#main/host/carriers/remote.ts';
import { withoutPulser } from '#main/host/testing/headless-pc.ts';

const root = join(import.meta.dirname, '..', '..');
/** A machine under load may be slow; a host that has not said anything for this long never will. */
const patienceMs = 120_000;

export type HostOptions = {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ends the host when this process is gone, however it ended. */
  readonly keeper: Keeper;
};

/** Milliseconds from the start of a process to its ready line, seen from outside; `cpu` of the processor, where the system tells, as if nothing else ran. */
export type StartTimes = { readonly wall: number; readonly cpu: number | null };
export type ReadyHost = { readonly ok: true; readonly times: StartTimes; readonly caller: RemoteCaller };
/** A host that ended by itself before it was ready. */
export type EndedHost = { readonly ok: false; readonly code: number | null; readonly errors: string };

export type HostProcess = {
  readonly pid: number;
  readonly ready: Promise<ReadyHost | EndedHost>;
  /** Whether it has said that it is ready. */
  readonly isReady: () => boolean;
  /** How it ended and its last words, for messages. */
  readonly lastWords: () => string;
  /** SIGKILL; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Ends it as an operator's computer would. */
  readonly stop: () => Promise<void>;
};

/** Starts a host and answers at once. */
export function spawnHost({ dataDir, env, keeper }: HostOptions): HostProcess {
  const node = join(root, 'node_modules', '.bin', 'node');
  const started = performance.now();
  const child = spawn(node, [join(root, 'src-main', 'headless.ts'), '--data', dataDir], {
    env: {
      ...withoutPulser(process.env),
      PULSER_ENV_FILE: join(dataDir, 'no-such-file'),
      PULSER_METRICS_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  keeper.watch(pid, 'SIGKILL');
  const exited = once(child, 'exit').finally(() => keeper.forget(pid));
  let errors = '';
  let said = false;
  let caller: RemoteCaller | null = null;
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));

  const ready = new Promise<ReadyHost | EndedHost>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The host was not ready after ${patienceMs} ms: ${errors}`));
    }, patienceMs);
    createInterface({ input: child.stdout }).once('line', () => {
      const times = { wall: performance.now() - started, cpu: cpuOf(pid) };
      clearTimeout(timer);
      said = true;
      connectHost(dataDir).then(
        (connected) => {
          caller = connected;
          resolve({ ok: true, times, caller: connected });
        },
        // killed in this very moment
        () => exited.then(([code]) => resolve({ ok: false, code: code as number | null, errors })),
      );
    });
    void exited.then(([code]) => {
      clearTimeout(timer);
      if (!said) resolve({ ok: false, code: code as number | null, errors });
    });
  });

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    caller?.close();
  };
  return {
    pid,
    ready,
    isReady: () => said,
    lastWords: () => `${String(child.exitCode ?? child.signalCode ?? 'running')} ${errors}`,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** Hundredths of a second that Linux has counted for a process. */
function cpuOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    // no such thing elsewhere: the wall clock has to do
    return null;
  }
}

/** Starts a host and waits until it serves. @throws Error with its words when it does not */
export async function startHost(options: HostOptions): Promise<HostProcess & ReadyHost> {
  const host = spawnHost(options);
  const ready = await host.ready;
  if (!ready.ok) throw new Error(`The host ended with ${String(ready.code)}: ${ready.errors}`);
  return { ...host, ...ready };
}
