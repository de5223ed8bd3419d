import type { Service } from './base/types.ts';
import type { ScoutDeps } from './scout/deps.ts';
import { openScout } from './scout/open-scout.ts';

/** What services are opened with. */
export type ServicesDeps = ScoutDeps;

/** Every service of the app, opened: a new one is a line here. `stop` ends what they hold open; nothing calls them any more then. */
export function openServices(deps: ServicesDeps): { readonly services: readonly Service[]; stop(): Promise<void> } {
  const scout = openScout(deps);
  return { services: [scout.service], stop: () => scout.stop() };
}
