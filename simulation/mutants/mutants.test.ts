import { describe, expect, it } from 'vitest';
import { runMutants } from './run.ts';

/* The list of faults is the measure of the checks: each is noticed by what is written down for it, and nothing is noticed without a fault. */
describe('every deliberate fault', () => {
  it('is noticed, by the promise that it breaks', async () => {
    const { caught, control } = await runMutants({});
    expect(control).toEqual([]);
    expect(caught.flatMap(({ mutant, complaint }) => (complaint === null ? [] : `${mutant}: ${complaint}`))).toEqual(
      [],
    );
    expect(caught.length).toBeGreaterThanOrEqual(40);
  }, 900_000);
});
