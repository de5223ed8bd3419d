import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tellViolation } from './cli/report.ts';
import { deterministic } from './tiers/deterministic.ts';
import type { SeedResult } from './tiers/types.ts';

/*
 * A fixed set, so that a change is held against what held yesterday, and a fresh one, so that every run looks somewhere new. What breaks is told
 * with the command that plays it again. The long run is `npm run simulate -- --seeds 1..1000`.
 */
const stories = join(import.meta.dirname, '../test-results/simulation');
const fixed = { from: 1, to: 24 };
const first = 10_000 + Math.floor(Math.random() * 900_000_000);
const fresh = { from: first, to: first + 11 };

async function play({ from, to }: { from: number; to: number }): Promise<SeedResult[]> {
  const results: SeedResult[] = [];
  await deterministic.run({
    from,
    to,
    workers: 2,
    twice: false,
    shrink: true,
    firstOnly: true,
    say: () => undefined,
    onResult: (result) => void results.push(result),
  });
  return results;
}

describe('simulated shops', () => {
  it.each([
    ['of the fixed seeds', fixed],
    [`of fresh seeds from ${fresh.from}`, fresh],
  ])(
    '%s keep every promise',
    async (_name, seeds) => {
      const results = await play(seeds);
      const broken = results.flatMap(({ seed, violation }) =>
        violation ? tellViolation('deterministic', seed, violation, stories) : [],
      );
      expect(broken.join('\n')).toBe('');
      expect(results).toHaveLength(seeds.to - seeds.from + 1);
      // every promise was looked at: a check that never runs proves nothing
      for (const { checks } of results) expect(Object.values(checks).every((n) => n > 0)).toBe(true);
    },
    300_000,
  );
});
