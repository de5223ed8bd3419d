import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tellViolation } from './cli/report.ts';
import { life } from './tiers/deterministic.ts';
import type { SeedResult } from './tiers/types.ts';

/* Fixed seeds (a cloud set back, disks set back and copied, an epoch, months and what is forgotten in them) and fresh ones. The long run is `npm run simulate -- --tier life --seeds 1..200`. */
const stories = join(import.meta.dirname, '../test-results/simulation');
const first = 10_000 + Math.floor(Math.random() * 900_000_000);

it.each([
  [5, 6],
  [11, 13],
  [24, 24],
  [86, 86],
  [first, first + 3],
])(
  'shops whose disks and cloud go back keep every promise, seeds %i to %i',
  async (from, to) => {
    const results: SeedResult[] = [];
    const onResult = (result: SeedResult): void => void results.push(result);
    await life.run({
      from,
      to,
      workers: 2,
      twice: false,
      shrink: true,
      firstOnly: true,
      say: () => undefined,
      onResult,
    });
    const broken = results.flatMap(({ seed, violation }) =>
      violation ? tellViolation('life', seed, violation, stories) : [],
    );
    expect(broken.join('\n')).toBe('');
    expect(results).toHaveLength(to - from + 1);
  },
  300_000,
);
