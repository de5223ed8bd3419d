import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CommandInput, CommandName, CommandOutput } from '#shared/contract/commands.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { connectHost } from '#main/host/carriers/socket.ts';

/** A store PC: the headless host as a process of its own, spoken to over its socket. */
export type Pc = {
  readonly name: string;
  readonly dataDir: string;
  /** Calls a command and answers its value; an expected failure becomes an Error. */
  call<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutput<N>>;
  /** Resolves when the PC's status fulfils the condition. */
  until(condition: (status: SyncStatus) => boolean, what: string, seconds?: number): Promise<SyncStatus>;
  /** Sends SIGKILL, as a power cut would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
};

export type PcOptions = {
  readonly name: string;
  readonly dataDir: string;
  readonly cloud: { readonly url: string; readonly anonKey: string };
  /** Needed at the first start only. */
  readonly code?: string;
};

export async function startPc(options: PcOptions): Promise<Pc> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../src-main/headless.ts'), '--data', options.dataDir],
    {
      env: {
        ...process.env,
        SUPABASE_URL: options.cloud.url,
        SUPABASE_ANON_KEY: options.cloud.anonKey,
        SUPABASE_SERVICE_ROLE_KEY: '',
        PULSER_METRICS_PORT: '0',
        PULSER_DEVICE_NAME: options.name,
        PULSER_ENROL_CODE: options.code ?? '',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await ready(child, options.name);
  const host = await connectHost(options.dataDir);

  const call: Pc['call'] = async (name, input) => {
    const result = await host.call(name, input);
    if (!result.ok) throw new Error(`${options.name}: ${name}: ${result.error.message} ${result.error.detail ?? ''}`);
    return result.value as never;
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    host.close();
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  return {
    name: options.name,
    dataDir: options.dataDir,
    call,
    async until(condition, what, seconds = 60) {
      const deadline = Date.now() + seconds * 1000;
      for (;;) {
        const heard = nextStatus(host);
        const status = await call('status.get', {});
        if (condition(status)) return status;
        if (Date.now() > deadline)
          throw new Error(`${options.name} waited ${seconds} s for: ${what}. ${JSON.stringify(status)}`);
        await heard;
      }
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** Resolves at the next hint that the status may be another, at the latest after a quarter of a second. */
function nextStatus(host: Awaited<ReturnType<typeof connectHost>>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, 250);
    const off = host.on('status', done);
    function done(): void {
      clearTimeout(timer);
      off();
      resolve();
    }
  });
}

async function ready(child: ChildProcess, name: string): Promise<void> {
  if (!child.stdout) throw new Error('The process has no output');
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => String(text)),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`${name} ended with ${String(code)} before it was ready`)),
    ),
  ]);
  if (!line.includes('"ready":true')) throw new Error(`${name} said: ${line}`);
}
