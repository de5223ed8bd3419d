import type { Handlers } from '#shared/contract/commands.ts';
import type { Config } from '#main/config/read-config.ts';
import type { Extend } from '#main/mcp/extension.ts';
import type { ServiceHandlers } from '#main/mcp/handlers.ts';
import type { Service } from '#main/services/base/types.ts';
import type { Store } from '#main/store/types.ts';
import type { Daemon } from '#main/sync/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
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

/** The services for assistants, opened. */
export type ServicesPart = {
  readonly services: readonly Service[];
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
  | keyof ServiceHandlers;

export type ShopPart = {
  readonly handlers: Omit<Handlers, HostCommands>;
  /** Ends what still runs (an import) at its next border. */
  stop(): Promise<void>;
};

/** The parts a host is made of. */
export type HostParts = {
  createSync(deps: PartDeps): SyncPart;
  createServices(deps: PartDeps): ServicesPart;
  /** What a test build adds to the servers of services; the product has none. */
  readonly extendServers?: Extend;
  createShop(deps: PartDeps & { readonly importMoved: (id: string) => void }): ShopPart;
};
