/** Looks for one mutant: by what is known to notice it, and by other seeds when that does not. */
import type { Broken, Lane } from './lane.ts';
import type { Mutant, Seed } from './types.ts';

export type Catch = {
  readonly mutant: string;
  /** What noticed it; null when nothing did. */
  readonly by: Broken | null;
  /** Whether the list says so. */
  readonly known: boolean;
  /** In words, what has to be done about it; null when all is well. */
  readonly complaint: string | null;
  /** Worlds that were played, or tests that were run. */
  readonly tried: number;
  readonly ms: number;
};

/** Seeds that are tried before a mutant counts as not noticed. */
const maxSeeds = 60;

export async function hunt(mutant: Mutant, lane: Lane, search: boolean): Promise<Catch> {
  const began = performance.now();
  const { caught } = mutant;
  const found =
    'test' in caught ? await byTest(mutant, lane) : await bySeeds(mutant, caught, lane, search ? maxSeeds : 0);
  return { mutant: mutant.name, ...found, ms: Math.round(performance.now() - began) };
}

type Found = Pick<Catch, 'by' | 'known' | 'complaint' | 'tried'>;

async function byTest(mutant: Mutant, lane: Lane): Promise<Found> {
  const { caught } = mutant;
  if (!('test' in caught)) throw new Error(mutant.name);
  const failed = await lane.test(mutant, caught);
  const test = `the test "${caught.named}"`;
  if (failed?.byExpectation)
    return { by: { by: test, message: failed.message }, known: true, complaint: null, tried: 1 };
  const complaint = failed ? `${test} fails otherwise than by an expectation: ${failed.message}` : `${test} passes`;
  return { by: null, known: true, complaint, tried: 1 };
}

async function bySeeds(mutant: Mutant, known: Seed, lane: Lane, more: number): Promise<Found> {
  const others = new Map<string, Seed>();
  let tried = 0;
  let found: { readonly seed: Seed; readonly by: Broken } | null = null;
  await lane.play(mutant, seedsFrom(known, more), (seed, by) => {
    tried += 1;
    if (!by) return false;
    if (known.by.includes(by.by)) {
      found = { seed, by };
      return true;
    }
    if (!others.has(by.by)) others.set(by.by, seed);
    return false;
  });
  return { ...conclude(known, found, others), tried };
}

function conclude(
  known: Seed,
  found: { readonly seed: Seed; readonly by: Broken } | null,
  others: ReadonlyMap<string, Seed>,
): Omit<Found, 'tried'> {
  const promises = known.by.join(' or ');
  if (found) {
    const isKnown = found.seed === known;
    const complaint = `seed ${known.seed} does not break "${promises}" any more: write down seed ${found.seed.seed}`;
    return { by: found.by, known: isKnown, complaint: isKnown ? null : complaint };
  }
  const elsewhere = [...others].map(([by, { seed }]) => `"${by}" (seed ${seed})`).join(', ');
  const complaint =
    others.size === 0
      ? `no seed breaks "${promises}": a promise is not checked, or worlds do too little`
      : `no seed breaks "${promises}", only ${elsewhere}`;
  return { by: null, known: false, complaint };
}

function* seedsFrom(known: Seed, more: number): Generator<Seed> {
  yield known;
  for (let seed = 1; seed <= more; seed += 1) if (seed !== known.seed) yield { ...known, seed };
}
