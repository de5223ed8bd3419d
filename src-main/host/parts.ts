import type { Handlers } from '#shared/contract/commands.ts';
import type { Config } from '#main/config/read-config.ts';
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
  | keyof SyncPart['handlers'];

export type ShopPart = {
  readonly handlers: Omit<Handlers, HostCommands>;
  /** Ends what still runs (an import) at its next border. */
  stop(): Promise<void>;
};

/** The parts a host is made of. */
export type HostParts = {
  createSync(deps: PartDeps): SyncPart;
  createShop(deps: PartDeps & { readonly importMoved: (id: string) => void }): ShopPart;
};
