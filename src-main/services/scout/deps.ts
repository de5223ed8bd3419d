import type { SyncStatus } from '#shared/contract/schemas.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Result } from '#shared/result.ts';
import type { Cache } from '#main/accelerators/cache/types.ts';
import type { ReaderPool } from '#main/store/readers/pool.ts';
import type { Store } from '#main/store/types.ts';
import { serviceKit } from '../base/define.ts';
import type { ToolContext } from '../base/types.ts';
import type { ChainStore } from './figures/chain.ts';
import type { Span } from './periods.ts';
import type { ScoutQueries } from './queries.ts';

/** What Scout works with. */
export type ScoutDeps = {
  readonly store: Store;
  readonly readers: ReaderPool<ScoutQueries>;
  readonly cache: Cache;
  readonly status: () => SyncStatus;
  /** The folder that the operator chose for exports; made when it is not there. */
  readonly exportFolder: () => string;
  /** Asks the cloud for the figures of every store that this PC may read. */
  readonly askCloud: (now: Span, before: Span) => Promise<Result<readonly ChainStore[], AppError>>;
};

export type Context = ToolContext<ScoutDeps>;

export const kit = serviceKit<ScoutDeps>();
