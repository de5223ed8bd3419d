/** The deterministic tier: seeds are handed out to worker processes that share one PostgreSQL. */
import { startSimCluster, type ClusterAddress } from '../cloud/cluster.ts';
import { openWorker, workerFile } from './open-worker.ts';
import type { Tier, TierOptions } from './types.ts';

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
    const worker = await openWorker(address, `world_${i}`, undefined, workerFile);
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
