import type { Client } from 'pg';
import type { FeedTxn } from '../cloud/feed-mirror.ts';
import type { Effect } from '../core/effect.ts';
import type { World } from '../core/world.ts';
import type { SimPc } from '../pc/sim-pc.ts';

/** A PC as far as its store shows it, in whichever process it lives. */
export type SeenPc = Pick<SimPc, 'index' | 'view' | 'before' | 'scopes' | 'revoked' | 'mayFork' | 'mayForget'> & {
  readonly caller: { readonly deviceId: string };
};

/** What can be seen from outside, however PCs and cloud are moved: what checks of every tier look at. */
export type Sight = {
  readonly world: Pick<World, 'mirror' | 'ledger'> & {
    readonly pcs: readonly SeenPc[];
    readonly unaware: ReadonlySet<SeenPc>;
    readonly cloud: { readonly admin: Pick<Client, 'query'> };
  };
  readonly effect: Pick<Effect, 'cloudMoved' | 'served'> & { readonly touched: ReadonlySet<SeenPc> };
  /** What the mirror of the feed found wrong while reading. */
  readonly feedProblems: readonly string[];
};

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

/** A check that needs no more than can be seen from outside. */
export type OutsideInvariant = Omit<Invariant, 'check'> & {
  readonly check: (sight: Sight) => Iterable<string> | Promise<Iterable<string>>;
};

/** Whether two values of a column are the same for everybody: null and a missing one, 1 and true. */
export function same(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => (typeof value === 'boolean' ? Number(value) : (value ?? null));
  return plain(a) === plain(b);
}
