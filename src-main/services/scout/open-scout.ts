import type { Service } from '../base/types.ts';
import { followChanges } from './ask.ts';
import type { ScoutDeps } from './deps.ts';
import { scout } from './scout.ts';

/** Opens Scout: its cache hears of every change of the store from now on. `stop` ends its readers and its cache; nothing calls it any more then. */
export function openScout(deps: ScoutDeps): { readonly service: Service; stop(): Promise<void> } {
  const unfollow = followChanges(deps);
  return {
    service: scout.open(deps),
    async stop() {
      unfollow();
      await Promise.all([deps.readers.close(), deps.cache.close()]);
    },
  };
}
