import type { SimPc } from '../pc/sim-pc.ts';
import type { Served } from './served.ts';

/** What a step came to. */
export type Effect = {
  /** One word or two for the trace: the same in every replay. */
  readonly outcome: string;
  /** PCs whose store may have changed. */
  readonly touched: ReadonlySet<SimPc>;
  /** Whether the cloud may have committed something. */
  readonly cloudMoved: boolean;
  /** Calls that the cloud has answered in this step. */
  readonly served: readonly Served[];
};

/** What must not happen: people who change rows hold up a revocation. */
export const revocationWaits = 'the revocation waits';

/** A step that found nothing to do. */
export const idle: Effect = { outcome: '-', touched: new Set(), cloudMoved: false, served: [] };
/** One that only PCs noticed. */
export const touching = (pcs: SimPc | readonly SimPc[], outcome: string): Effect => ({
  ...idle,
  outcome,
  touched: new Set('index' in pcs ? [pcs] : pcs),
});
