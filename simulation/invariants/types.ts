import type { FeedTxn } from '../cloud/feed-mirror.ts';
import type { Effect } from '../core/perform.ts';
import type { World } from '../core/world.ts';

/** What a check looks at after a step. */
export type Scene = {
  readonly world: World;
  readonly effect: Effect;
  /** What the feed gained in this step. */
  readonly fresh: readonly FeedTxn[];
  /** What the mirror of the feed found wrong while reading. */
  readonly feedProblems: readonly string[];
};

/** Something that must always hold, or once it is quiet. A check answers what is wrong, in words. */
export type Invariant = {
  readonly name: string;
  /** Its numbers in the list that the README explains. */
  readonly numbers: readonly number[];
  readonly promise: string;
  readonly when: 'step' | 'quiet';
  readonly check: (scene: Scene) => Iterable<string> | Promise<Iterable<string>>;
};

/** Whether two values of a column are the same for everybody: null and a missing one, 1 and true. */
export function same(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => (typeof value === 'boolean' ? Number(value) : (value ?? null));
  return plain(a) === plain(b);
}
