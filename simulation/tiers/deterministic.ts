/** The tiers whose worlds one schedule moves: seeds are handed out to worker processes that share one PostgreSQL. */
import { startSimCluster, type ClusterAddress } from '../cloud/cluster.ts';
import type { Tier as Kind } from '../core/world.ts';
import { openWorker, workerFile } from './open-worker.ts';
import type { Tier, TierOptions } from './types.ts';

/** Worlds with one schedule: `life` ones, where disks and the cloud go back too, or all others. */
function scheduled(kind: Kind): Tier {
  return { run: (options) => runTier(kind, options) };
}

export const deterministic = scheduled('deterministic');
export const life = scheduled('life');

async function runTier(kind: Kind, options: TierOptions): Promise<void> {
  const cluster = await startSimCluster();
  try {
    await runSeeds(cluster.address, kind, options);
  } finally {
    await cluster.stop();
  }
}

async function runSeeds(address: ClusterAddress, kind: Kind, options: TierOptions): Promise<void> {
  let next = options.from;
  let ended = false;
  const take = (): number | null => {
    if (ended || next > options.to) return null;
    next += 1;
    return next - 1;
  };
  const work = async (i: number): Promise<void> => {
    const worker = await openWorker(address, `world_${i}`, undefined, workerFile, kind);
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
