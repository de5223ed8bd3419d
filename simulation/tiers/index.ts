import type { Tier } from './types.ts';

/** The tiers by name. Each is loaded when it is asked for. */
export const tiers: Readonly<Record<string, () => Promise<Tier>>> = {
  disk: async () => (await import('../disk/tier.ts')).disk,
  deterministic: async () => (await import('./deterministic.ts')).deterministic,
  concurrent: async () => (await import('../concurrent/tier.ts')).concurrent,
  life: async () => (await import('./deterministic.ts')).life,
};
