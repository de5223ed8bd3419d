import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RemoteCaller } from '../carriers/remote.ts';
import { connectHost } from '../carriers/socket.ts';

const root = join(import.meta.dirname, '..', '..', '..');

export type HeadlessPc = {
  readonly caller: RemoteCaller;
  readonly dataDir: string;
  readonly metricsPort: number;
  /** Ends it as an operator's computer would: cleanly. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
};

/** Starts a second PC: the same host as the app's, without a window, in a process of its own. */
export async function startHeadlessPc(dataDir: string, env: Readonly<Record<string, string>>): Promise<HeadlessPc> {
  const child = spawn(
    join(root, 'node_modules', '.bin', 'node'),
    [join(root, 'src-main', 'headless.ts'), '--data', dataDir],
    {
      env: {
        ...withoutPulser(process.env),
        PULSER_ENV_FILE: join(dataDir, 'no-such-file'),
        PULSER_METRICS_PORT: '0',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  // A test that fails half-way must not leave a host behind.
  const endWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithTests);
  child.once('exit', () => process.removeListener('exit', endWithTests));
  const ready = await firstLine(child);
  const caller = await connectHost(dataDir);
  const end = (signal: NodeJS.Signals): Promise<void> =>
    new Promise((resolve) => {
      caller.close();
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  return {
    caller,
    dataDir,
    metricsPort: (JSON.parse(ready) as { metricsPort: number }).metricsPort,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** The environment without what would configure the PC under test by accident. */
export function withoutPulser(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(PULSER_(?!SQLITE)|SUPABASE_|SYNC_|BATCH_|COMPRESS_)/.test(name),
  );
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('exit', (code) => reject(new Error(`The headless host ended with ${code}: ${errors}`)));
    if (child.stdout !== null) createInterface({ input: child.stdout }).once('line', resolve);
  });
}
