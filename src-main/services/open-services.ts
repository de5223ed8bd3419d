import type { Store } from '#main/store/types.ts';
import type { Service } from './base/types.ts';

/** What services are opened with. */
export type ServicesDeps = { readonly store: Store };

/** Every service of the app, opened: a new one is a line here. */
export function openServices(_deps: ServicesDeps): readonly Service[] {
  return [];
}
