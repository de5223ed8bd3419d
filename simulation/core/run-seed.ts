import type { SeedResult } from '../tiers/types.ts';
import { run } from './run.ts';
import { shorten } from './shrink.ts';
import { describe } from './steps.ts';
import type { WorldDeps } from './world.ts';

/** Runs a seed; what it breaks is shortened to a story. With `twice` the run is repeated and must leave the same trace. */
export async function runSeed(
  seed: number,
  deps: WorldDeps,
  { twice, shrink }: { readonly twice: boolean; readonly shrink: boolean },
): Promise<SeedResult> {
  const began = performance.now();
  const lines: string[] = [];
  const first = await run(seed, deps, undefined, (line) => lines.push(line));
  const second = twice ? await run(seed, deps) : first;
  const violation =
    second.hash === first.hash
      ? first.violation
      : { invariant: 'replay', message: `the same seed left two traces: ${first.hash} and ${second.hash}`, atStep: 0 };
  const { hash, checks, figures } = first;
  if (!violation) return { seed, ms: performance.now() - began, hash, checks, figures, violation: null };
  const short =
    shrink && violation.invariant !== 'replay' ? await shorten(first, (steps) => run(seed, deps, steps)) : first;
  return {
    seed,
    ms: performance.now() - began,
    hash,
    checks,
    figures,
    violation: {
      story: short.steps.map(describe),
      steps: short.steps,
      trace: lines,
      invariant: violation.invariant,
      message: short.violation?.message ?? violation.message,
    },
  };
}
