/** The deterministic tier: seeds are handed out to worker processes that share one PostgreSQL. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { startSimCluster, type ClusterAddress } from '../cloud/cluster.ts';
import type { SeedResult, Tier, TierOptions } from './types.ts';

/** What a worker is told, and what it answers. */
export type WorkerOrder =
  | {
      readonly do: 'open';
      readonly address: ClusterAddress;
      readonly database: string;
      readonly template: string | undefined;
    }
  | { readonly do: 'run'; readonly seed: number; readonly twice: boolean; readonly shrink: boolean };
export type WorkerReport =
  | { readonly say: 'ready' }
  | { readonly say: 'result'; readonly result: SeedResult }
  | { readonly say: 'broken'; readonly error: string };

const workerFile = join(import.meta.dirname, '../worker.ts');

export const deterministic: Tier = {
  async run(options) {
    const cluster = await startSimCluster();
    try {
      await runSeeds(cluster.address, options);
    } finally {
      await cluster.stop();
    }
  },
};

async function runSeeds(address: ClusterAddress, options: TierOptions): Promise<void> {
  let next = options.from;
  let ended = false;
  const take = (): number | null => {
    if (ended || next > options.to) return null;
    next += 1;
    return next - 1;
  };
  const work = async (i: number): Promise<void> => {
    const worker = await openWorker(address, `world_${i}`);
    try {
      for (let seed = take(); seed !== null; seed = take()) {
        const result = await worker.run(seed, options);
        options.onResult(result);
        if (result.violation && options.firstOnly) ended = true;
      }
    } finally {
      worker.stop();
    }
  };
  const count = Math.max(1, Math.min(options.workers, options.to - options.from + 1));
  await Promise.all(Array.from({ length: count }, (_, i) => work(i)));
}

async function openWorker(address: ClusterAddress, database: string) {
  const child = fork(workerFile, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const ask = (order: WorkerOrder): Promise<WorkerReport> => {
    child.send(order);
    return answerOf(child);
  };
  const opened = await ask({ do: 'open', address, database, template: undefined });
  if (opened.say === 'broken') throw new Error(opened.error);
  return {
    async run(seed: number, { twice, shrink }: TierOptions): Promise<SeedResult> {
      const report = await ask({ do: 'run', seed, twice, shrink });
      if (report.say === 'result') return report.result;
      throw new Error(report.say === 'broken' ? report.error : 'The worker answered something else');
    },
    stop: () => child.disconnect(),
  };
}

function answerOf(child: ChildProcess): Promise<WorkerReport> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`A worker ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as WorkerReport);
    });
  });
}
