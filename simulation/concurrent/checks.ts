/** What is looked at in a concurrent world: the promises that can be checked from outside, while it goes on and after quiet. */
import { bounded, receiptsBounded } from '../invariants/bounded.ts';
import { convergence } from '../invariants/convergence.ts';
import { exactlyOnce } from '../invariants/exactly-once.ts';
import { feedComplete } from '../invariants/feed-complete.ts';
import { honestVersions } from '../invariants/honest-versions.ts';
import { isolation } from '../invariants/isolation.ts';
import { monotonic } from '../invariants/monotonic.ts';
import { noLostCommit } from '../invariants/no-lost-commit.ts';
import { readYourWrites } from '../invariants/read-your-writes.ts';
import { referencesHold } from '../invariants/references-hold.ts';
import type { OutsideInvariant, Sight } from '../invariants/types.ts';
import { wholeSales } from '../invariants/whole-sales.ts';
import { noSilentOverwrite, whatWasAcceptedIsThere } from './from-outside.ts';
import type { LiveWorld } from './world.ts';

export type Broken = { readonly invariant: string; readonly message: string; readonly more: readonly string[] };

/** What holds at every moment at which somebody looks. */
const always: readonly OutsideInvariant[] = [
  noLostCommit,
  wholeSales,
  readYourWrites,
  monotonic,
  feedComplete,
  honestVersions,
  isolation,
  bounded,
];
/** What holds once everything has arrived; sums of the office are known only then. */
const afterwards: readonly OutsideInvariant[] = [
  exactlyOnce,
  convergence,
  referencesHold,
  receiptsBounded,
  whatWasAcceptedIsThere,
  noSilentOverwrite,
];

/** Collects instead of stopping: what is broken first is told, and how much more. */
export function createChecks(world: LiveWorld) {
  const counts: Record<string, number> = {};
  const found: { invariant: string; message: string }[] = [];
  const note = (invariant: string, messages: readonly string[]): void => {
    counts[invariant] = (counts[invariant] ?? 0) + 1;
    found.push(...messages.map((message) => ({ invariant, message })));
  };
  const hold = async (invariants: readonly OutsideInvariant[], sight: Sight): Promise<void> => {
    for (const { name, check } of invariants) note(name, [...(await check(sight))]);
  };
  const ownFaults = (): void =>
    note(
      'no faults of its own',
      world.pcs.flatMap(({ index, failures, mended }) => [
        ...failures.splice(0).map((failure) => `PC ${index + 1}: ${failure}`),
        ...(mended > 0 ? [`PC ${index + 1}: a verification had to mend something`] : []),
      ]),
    );
  return {
    counts,
    note,
    async step(sight: Sight): Promise<void> {
      await hold(always, sight);
      ownFaults();
    },
    async quiet(sight: Sight): Promise<void> {
      await hold(afterwards, sight);
    },
    /** Runs the world; what breaks it is a finding, too. */
    async watch(run: () => Promise<void>): Promise<void> {
      try {
        await run();
      } catch (error) {
        note('the run', [error instanceof Error ? (error.stack ?? error.message) : String(error)]);
      }
    },
    broken: (): Broken | null => {
      const [first, ...more] = found;
      return first ? { ...first, more: more.map(({ invariant, message }) => `${invariant}: ${message}`) } : null;
    },
  };
}
