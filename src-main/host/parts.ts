import type { Handlers } from '#shared/contract/commands.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import type { Result } from '#shared/result.ts';
import type { StoreTotals } from '#shared/sync/protocol.ts';
import type { Config } from '#main/config/read-config.ts';
import type { Extend } from '#main/mcp/extension.ts';
import type { ServiceHandlers } from '#main/mcp/handlers.ts';
import type { ExportFolder } from '#main/services/export-folder.ts';
import type { Service } from '#main/services/base/types.ts';
import type { Store } from '#main/store/types.ts';
import type { Daemon } from '#main/sync/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import type { Cache } from '#main/accelerators/cache/types.ts';
import type { HostPaths } from './paths.ts';
import type { Timers } from './timers.ts';

/** What each part of a host gets. */
export type PartDeps = {
  readonly store: Store;
  readonly config: Config;
  readonly logger: Logger;
  readonly timers: Timers;
};

export type SyncPart = {
  readonly daemon: Daemon;
  /** Sales of every store that this PC may read, from the cloud; `offline` when it does not answer soon. */
  totals(now: Span, before: Span): Promise<Result<StoreTotals, AppError>>;
  readonly handlers: Pick<
    Handlers,
    | 'bundle.export'
    | 'bundle.inspect'
    | 'bundle.import'
    | 'bundle.list'
    | 'scopes.get'
    | 'scopes.choose'
    | 'queue.retry'
    | 'queue.edit'
    | 'queue.undoEdit'
    | 'queue.discard'
    | 'queue.restore'
    | 'operator.signIn'
    | 'operator.signOut'
    | 'operator.get'
  >;
};

/** Milliseconds UTC; `until` is the first that is not in it. */
type Span = { readonly since: number; readonly until: number };

/** What the services get beside it. */
export type ServicesDeps = PartDeps & {
  readonly paths: HostPaths;
  /** The store's key, for readers with connections of their own. */
  readonly key: Uint8Array;
  readonly status: () => SyncStatus;
  readonly totals: SyncPart['totals'];
};

/** The services for assistants, opened. */
export type ServicesPart = {
  readonly services: readonly Service[];
  /** What the app asks of them beside the protocol. */
  readonly handlers: ExportFolder['handlers'];
  /** The cache that they share. */
  readonly cache: Pick<Cache, 'health' | 'counts'>;
  /** Ends what they hold open beside the store. Nothing calls them any more. */
  stop(): Promise<void>;
};

type HostCommands =
  | 'status.get'
  | 'sync.now'
  | 'sync.pause'
  | 'sync.resume'
  | 'sync.economy.get'
  | 'sync.economy.set'
  | 'sync.verify'
  | 'sync.verifications'
  | 'device.enrol'
  | 'diagnostics.get'
  | keyof SyncPart['handlers']
  | keyof ServiceHandlers
  | keyof ServicesPart['handlers'];

export type ShopPart = {
  readonly handlers: Omit<Handlers, HostCommands>;
  /** Ends what still runs (an import) at its next border. */
  stop(): Promise<void>;
};

/** The parts a host is made of. */
export type HostParts = {
  createSync(deps: PartDeps): SyncPart;
  createServices(deps: ServicesDeps): ServicesPart;
  /** What a test build adds to the servers of services; the product has none. */
  readonly extendServers?: Extend;
  createShop(deps: PartDeps & { readonly importMoved: (id: string) => void }): ShopPart;
};
