import { expect, it } from 'vitest';
import { fuzzScout } from './testing/fuzz.ts';

it('answers or refuses whatever it is called with, and tells nothing of another store', async () => {
  const reports = await fuzzScout(150, 7);
  expect(reports.flatMap(({ faults }) => faults)).toEqual([]);
  expect(reports).toHaveLength(13);
  // calls get beyond the door, and are turned away at it
  for (const { answered, calls, tool } of reports)
    expect([tool, answered > 0, answered < calls]).toEqual([tool, true, true]);
}, 120_000);
