import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tellViolation } from '../cli/report.ts';
import type { SeedResult } from '../tiers/types.ts';
import { concurrent } from './tier.ts';

/* A fixed seed with most troubles in it, and a fresh one. The long run is `npm run simulate -- --tier concurrent --seeds 1..50`. */
const stories = join(import.meta.dirname, '../../test-results/simulation');
const fresh = 10_000 + Math.floor(Math.random() * 900_000_000);

describe('shops that are truly at work at the same time', () => {
  it.each([
    ['of a fixed seed', 3],
    ['of the fresh seed ' + String(fresh), fresh],
  ])(
    '%s keep every promise',
    async (_name, seed) => {
      const results: SeedResult[] = [];
      const onResult = (result: SeedResult): void => void results.push(result);
      const how = { workers: 1, twice: false, shrink: false, firstOnly: true, say: () => undefined, onResult };
      await concurrent.run({ from: seed, to: seed, ...how });
      const broken = results.flatMap(({ violation }) =>
        violation ? tellViolation('concurrent', seed, violation, stories) : [],
      );
      expect(broken.join('\n')).toBe('');
      expect(results).toHaveLength(1);
    },
    180_000,
  );
});
