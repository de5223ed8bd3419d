/** Lets the simulation look for one mutant. */
import { join } from 'node:path';
import type { ClusterAddress } from '../cloud/cluster.ts';
import { openWorker } from '../tiers/open-worker.ts';
import { infectCloud } from './infect-cloud.ts';
import type { Mutant } from './list.ts';
import type { ProjectCopy } from './project-copy.ts';

export type Catch = {
  readonly mutant: Mutant;
  /** The promise that it broke; null when nobody noticed it. */
  readonly by: string | null;
  readonly message: string;
  readonly seed: number;
  /** Seeds that were played. */
  readonly tried: number;
  readonly ms: number;
};

/** Seeds that are tried before a mutant counts as not caught. */
export const maxSeeds = 150;

export async function hunt(
  mutant: Mutant,
  copy: ProjectCopy,
  address: ClusterAddress,
  database: string,
): Promise<Catch> {
  const began = performance.now();
  const heal = copy.infect(mutant);
  let tried = 0;
  try {
    const template = mutant.file.endsWith('.sql') ? `${database}_sick` : undefined;
    if (template) await infectCloud(address, template, copy.folder);
    const worker = await openWorker(address, database, template, join(copy.folder, 'simulation/worker.ts'));
    try {
      for (const seed of seedsFor(mutant)) {
        tried += 1;
        const found = await worker
          .run(seed, { twice: false, shrink: false })
          .then(({ violation }) => violation && { by: violation.invariant, message: violation.message })
          // an engine that breaks the simulation itself is noticed too
          .catch((error: unknown) => ({ by: 'the run broke', message: String(error).split('\n')[0] ?? '' }));
        if (found) return { mutant, ...found, seed, tried, ms: performance.now() - began };
      }
    } finally {
      worker.stop();
    }
    return { mutant, by: null, message: '', seed: 0, tried, ms: performance.now() - began };
  } finally {
    heal();
  }
}

function* seedsFor({ seed }: Mutant): Generator<number> {
  yield seed;
  for (let other = 1; other <= maxSeeds; other += 1) if (other !== seed) yield other;
}
