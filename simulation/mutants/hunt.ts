/** Lets the simulation look for one mutant. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ClusterAddress } from '../cloud/cluster.ts';
import { openWorker } from '../tiers/open-worker.ts';
import { infectCloud } from './infect-cloud.ts';
import type { Mutant } from './list.ts';
import type { ProjectCopy } from './project-copy.ts';

export type Catch = {
  readonly mutant: Mutant;
  /** The promise that it broke, or the test; null when nobody noticed it. */
  readonly by: string | null;
  readonly message: string;
  readonly seed: number;
  /** Seeds that were played. */
  readonly tried: number;
  readonly ms: number;
};

/** Seeds that are tried before a mutant counts as not caught. */
export const maxSeeds = 60;

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
    if (typeof mutant.seed !== 'number') {
      const by = await testNotices(mutant.seed, copy);
      return { mutant, by, message: mutant.seed.named, seed: 0, tried: 1, ms: performance.now() - began };
    }
    const template = mutant.file.endsWith('.sql') ? `${database}_sick` : undefined;
    if (template) await infectCloud(address, template, copy.folder);
    const worker = await openWorker(address, database, template, join(copy.folder, 'simulation/worker.ts'));
    try {
      for (const seed of seedsFor(mutant.seed)) {
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

/** Runs one test of the suite in the copy: it must fail, and by an expectation. */
function testNotices(
  { test, named }: { test: string; named: string },
  { folder }: ProjectCopy,
): Promise<string | null> {
  return new Promise((resolve) => {
    const args = [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', test, '-t', named];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('close', (code) => resolve(code !== 0 && output.includes('AssertionError') ? `the test ${test}` : null));
  });
}

function* seedsFor(seed: number): Generator<number> {
  yield seed;
  for (let other = 1; other <= maxSeeds; other += 1) if (other !== seed) yield other;
}
