/** The tier `concurrent`: one seed after the other, each with the whole machine. */
import { join } from 'node:path';
import type { SeedResult, Tier } from '../tiers/types.ts';
import { troubles, type Trouble } from './plan.ts';
import { runStorm, type Storm } from './storm.ts';

const project = join(import.meta.dirname, '../..');
/** Meetings are chance: without a trouble that it does not need, a failure comes again in one of so many runs. */
const tries = 3;

export const concurrent: Tier = {
  async run({ from, to, shrink, firstOnly, say, onResult }) {
    for (let seed = from; seed <= to; seed += 1) {
      const result = await runSeed(seed, shrink, say);
      onResult(result);
      if (result.violation && firstOnly) return;
    }
  },
};

async function runSeed(seed: number, shrink: boolean, say: (line: string) => void): Promise<SeedResult> {
  const began = performance.now();
  const first = await runStorm({ seed, project });
  const { checks, figures, broken } = first;
  const result = { seed, hash: null, checks, figures };
  if (!broken) return { ...result, ms: performance.now() - began, violation: null };
  const story = shrink ? await shorten(seed, first, say) : tell(first);
  const { invariant, message } = broken;
  return { ...result, ms: performance.now() - began, violation: { invariant, message, story, steps: [], trace: [] } };
}

/** Leaves out what the failure does not need, as far as that can be told of something that may not come again. */
async function shorten(seed: number, first: Storm, say: (line: string) => void): Promise<string[]> {
  let worst = first;
  const without = new Set<Trouble>();
  for (const trouble of troubles) {
    say(`  seed ${seed}: again without ${[...without, trouble].join(', ')}`);
    for (let i = 0; i < tries; i += 1) {
      const again = await runStorm({ seed, project, without: new Set([...without, trouble]) });
      if (again.broken?.invariant !== first.broken?.invariant) continue;
      worst = again;
      without.add(trouble);
      break;
    }
  }
  return [`it came again without ${[...without].join(', ') || 'none of the troubles'}`, ...tell(worst)];
}

function tell({ broken, evidence }: Storm): string[] {
  const more = broken?.more ?? [];
  return [...evidence, ...(broken ? [broken.message, ...more.slice(0, 20)] : [])];
}
