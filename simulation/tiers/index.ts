import type { Tier } from './types.ts';

/** The tiers by name. Each is loaded when it is asked for. */
export const tiers: Readonly<Record<string, () => Promise<Tier>>> = {
  deterministic: async () => (await import('./deterministic.ts')).deterministic,
};
