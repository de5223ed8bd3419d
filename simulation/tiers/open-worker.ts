/** Worker processes that play worlds. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { ClusterAddress } from '../cloud/cluster.ts';
import type { Tier } from '../core/world.ts';
import type { SeedResult } from './types.ts';

/** What a worker is told, and what it answers. */
export type WorkerOrder =
  | {
      readonly do: 'open';
      readonly address: ClusterAddress;
      readonly database: string;
      readonly template: string | undefined;
      readonly tier: Tier;
    }
  | ({ readonly do: 'run'; readonly seed: number } & How);
type How = {
  readonly twice: boolean;
  readonly shrink: boolean;
  /** Where it is another one than the worker was opened for. */
  readonly tier?: Tier;
};
export type WorkerReport =
  | { readonly say: 'ready' }
  | { readonly say: 'result'; readonly result: SeedResult }
  | { readonly say: 'broken'; readonly error: string };

export const workerFile = join(import.meta.dirname, '../worker.ts');

export type Worker = {
  /** Goes on in another database, copied from `template`. */
  readonly open: (database: string, template: string | undefined) => Promise<void>;
  readonly run: (seed: number, how: How) => Promise<SeedResult>;
  readonly stop: () => void;
};

/** Starts a worker process with a database of its own, copied from `template`. */
export async function openWorker(
  address: ClusterAddress,
  database: string,
  template: string | undefined,
  file: string,
  tier: Tier = 'deterministic',
): Promise<Worker> {
  const child = fork(file, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const ask = (order: WorkerOrder): Promise<WorkerReport> => {
    child.send(order);
    return answerOf(child);
  };
  const open: Worker['open'] = async (name, from) => {
    const opened = await ask({ do: 'open', address, database: name, template: from, tier });
    if (opened.say === 'broken') throw new Error(opened.error);
  };
  await open(database, template);
  return {
    open,
    async run(seed, { twice, shrink, tier: other }) {
      const report = await ask({ do: 'run', seed, twice, shrink, ...(other ? { tier: other } : {}) });
      if (report.say === 'result') return report.result;
      throw new Error(report.say === 'broken' ? report.error : 'The worker answered something else');
    },
    stop: () => void (child.connected && child.disconnect()),
  };
}

function answerOf(child: ChildProcess): Promise<WorkerReport> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void =>
      reject(new Error(`A worker ended with ${code ?? signal}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as WorkerReport);
    });
  });
}
