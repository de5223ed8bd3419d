import type { DefinedService } from './base/types.ts';
import { scout } from './scout/scout.ts';

/** Every service of the app as it is defined, for what only looks at it: the bundles for assistants, the picture of its list of tools. */
export const definedServices: readonly Pick<DefinedService<never>, 'id' | 'title' | 'instructions' | 'tools'>[] = [
  scout,
];
