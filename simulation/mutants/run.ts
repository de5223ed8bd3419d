/** All mutants, in lanes side by side; first the same worlds and tests without any fault, else a catch would mean nothing. */
import { startSimCluster } from '../cloud/cluster.ts';
import { hunt, type Catch } from './hunt.ts';
import { openLane, type Lane } from './lane.ts';
import { mutants } from './list.ts';
import type { Mutant, NamedTest, Seed } from './types.ts';
import { copyProject } from './project-copy.ts';

export type MutantsReport = {
  readonly caught: readonly Catch[];
  /** What did not hold without any fault. */
  readonly control: readonly string[];
  readonly seconds: number;
};

type Options = {
  /** Only mutants with these words in their names. */
  readonly only?: string;
  readonly lanes?: number;
  /** Whether other seeds are tried where the known one does not notice. */
  readonly search?: boolean;
  readonly onCatch?: (caught: Catch) => void;
};

/** @throws Error when a mutant does not fit: then nothing begins */
export async function runMutants({ only = '', lanes = 2, search = true, onCatch }: Options): Promise<MutantsReport> {
  const chosen = mutants.filter(({ name }) => name.includes(only));
  checkAllFit(chosen);
  const began = performance.now();
  const cluster = await startSimCluster();
  const open: Lane[] = [];
  const caught: Catch[] = [];
  const control: string[] = [];
  try {
    for (let i = 0; i < lanes; i += 1) open.push(await openLane(cluster.address, `mutants_${i}`));
    const healthy = queueOf([...controlsOf(chosen)]);
    const sick = queueOf(slowFirst(chosen));
    await Promise.all(
      open.map(async (lane) => {
        for (const check of healthy) {
          const wrong = await check(lane);
          if (wrong) control.push(wrong);
        }
        for (const mutant of sick) {
          const one = await hunt(mutant, lane, search);
          caught.push(one);
          onCatch?.(one);
        }
      }),
    );
  } finally {
    for (const lane of open) lane.close();
    await cluster.stop();
  }
  return { caught, control, seconds: Math.round((performance.now() - began) / 1000) };
}

function checkAllFit(chosen: readonly Mutant[]): void {
  const copy = copyProject();
  try {
    for (const mutant of chosen) copy.infect(mutant)();
  } finally {
    copy.remove();
  }
}

type Control = (lane: Lane) => Promise<string | null>;

/** The tests, with one start of their runner, and every seed once. */
function* controlsOf(chosen: readonly Mutant[]): Generator<Control> {
  const tests = chosen.map(({ caught }) => caught).filter((caught): caught is NamedTest => 'test' in caught);
  if (tests.length > 0)
    yield async (lane) => {
      const broken = await lane.controlTests(tests);
      return broken && `without any fault, ${broken.by} fails: ${broken.message}`;
    };
  const seeds = new Map<string, Seed>();
  for (const { caught } of chosen) if ('seed' in caught) seeds.set(`${caught.tier ?? ''}${caught.seed}`, caught);
  for (const seed of seeds.values())
    yield async (lane) => {
      const broken = await lane.control(seed);
      return broken && `without any fault, seed ${seed.seed} breaks "${broken.by}": ${broken.message}`;
    };
}

/** What takes longest begins first, so that no lane waits long for the other. */
function slowFirst(chosen: readonly Mutant[]): Mutant[] {
  return chosen.toSorted((a, b) => Number('test' in b.caught) - Number('test' in a.caught));
}

/** The same list for several takers: each item goes to one of them. */
function queueOf<T>(list: readonly T[]): Iterable<T> {
  const iterator = list[Symbol.iterator]();
  return { [Symbol.iterator]: () => ({ next: () => iterator.next() }) };
}
