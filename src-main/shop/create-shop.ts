import type { Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { createShopHandlers, type ShopHandlers } from './handlers.ts';
import { createImporter } from './import/importer.ts';
import type { SliceDeps } from './import/slices.ts';

export type ShopDeps = Partial<SliceDeps> & {
  readonly store: Store;
  readonly logger: Logger;
  /** Hears that the answer of import.get is another now. */
  readonly importMoved: (id: string) => void;
};

/** The counter of one PC: its commands, and `stop`, which ends a running import at its next border. */
export function createShop(deps: ShopDeps): { handlers: ShopHandlers; stop: () => Promise<void> } {
  const importer = createImporter({
    store: deps.store,
    logger: deps.logger,
    moved: deps.importMoved,
    monotonic: deps.monotonic ?? (() => performance.now()),
    yieldNow: deps.yieldNow ?? (() => new Promise((resolve) => setImmediate(resolve))),
  });
  return { handlers: createShopHandlers({ store: deps.store, importer }), stop: () => importer.stop() };
}
