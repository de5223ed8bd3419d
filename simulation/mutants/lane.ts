/** One of the lanes in which mutants are hunted: a copy of the project, and a worker that stays as healthy as it began. */
import { join } from 'node:path';
import type { ClusterAddress } from '../cloud/cluster.ts';
import { openWorker, type Worker } from '../tiers/open-worker.ts';
import { infectCloud } from './infect-cloud.ts';
import type { Mutant, NamedTest, Seed } from './types.ts';
import { failedTests, type Failure } from './named-tests.ts';
import { copyProject } from './project-copy.ts';

/** Which promise did not hold, in which words. */
export type Broken = { readonly by: string; readonly message: string };

export type Lane = {
  /** Plays a seed without any fault. */
  readonly control: (seed: Seed) => Promise<Broken | null>;
  /** Runs tests without any fault. */
  readonly controlTests: (tests: readonly NamedTest[]) => Promise<Broken | null>;
  /** Plays seeds with the mutant, one after the other, until `enough` says so. */
  readonly play: (
    mutant: Mutant,
    seeds: Iterable<Seed>,
    enough: (seed: Seed, broken: Broken | null) => boolean,
  ) => Promise<void>;
  /** Runs a test with the mutant; null when it did not fail. */
  readonly test: (mutant: Mutant, test: NamedTest) => Promise<Failure | null>;
  readonly close: () => void;
};

export async function openLane(address: ClusterAddress, name: string): Promise<Lane> {
  const copy = copyProject();
  const workerFile = join(copy.folder, 'simulation/worker.ts');
  // it has loaded the engine as it is, whatever is written into the copy later
  const healthy = await openWorker(address, name, undefined, workerFile);

  /** A fault of the cloud lives in its database; every other one in the modules of a worker of its own. */
  const infected = async (mutant: Mutant): Promise<{ worker: Worker; done: () => void }> => {
    if (!mutant.file.endsWith('.sql')) {
      const worker = await openWorker(address, `${name}_other`, undefined, workerFile);
      return { worker, done: worker.stop };
    }
    await infectCloud(address, `${name}_sick`, copy.folder);
    await healthy.open(name, `${name}_sick`);
    return { worker: healthy, done: () => undefined };
  };

  const withMutant = async <T>(mutant: Mutant, work: () => Promise<T>): Promise<T> => {
    const heal = copy.infect(mutant);
    try {
      return await work();
    } finally {
      heal();
    }
  };

  return {
    control: (seed) => playOne(healthy, seed),
    async controlTests(tests) {
      const [failed] = await failedTests(copy.folder, tests);
      return failed ? { by: `the test "${failed.named}"`, message: failed.message } : null;
    },
    play: (mutant, seeds, enough) =>
      withMutant(mutant, async () => {
        const { worker, done } = await infected(mutant);
        try {
          for (const seed of seeds) if (enough(seed, await playOne(worker, seed))) return;
        } finally {
          done();
        }
      }),
    test: (mutant, test) =>
      withMutant(mutant, async () => {
        const [failed] = await failedTests(copy.folder, [test]);
        return failed ?? null;
      }),
    close() {
      healthy.stop();
      copy.remove();
    },
  };
}

async function playOne(worker: Worker, { seed, tier }: Seed): Promise<Broken | null> {
  try {
    const { violation } = await worker.run(seed, { twice: false, shrink: false, tier: tier ?? 'deterministic' });
    return violation && { by: violation.invariant, message: violation.message };
  } catch (error) {
    // an engine that breaks the simulation itself has broken no promise yet
    return { by: 'the run broke', message: String(error).split('\n')[0] ?? '' };
  }
}
