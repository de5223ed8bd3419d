import { z } from 'zod';

/** Bytes a second, in one direction. */
const bytesPerSecond = z.int().min(1000).max(1_000_000_000);
export const economySettings = z.strictObject({
  /** Whether every byte costs: always, never, or as the operating system says of the network (not metered where it does not say). */
  mode: z.enum(['auto', 'on', 'off']),
  /** No more than this is used; null: as fast as it goes. */
  upBytesPerSecond: bytesPerSecond.nullable(),
  downBytesPerSecond: bytesPerSecond.nullable(),
});
export type EconomySettings = z.infer<typeof economySettings>;

export const economy = economySettings.extend({
  /** Whether this PC is sparing now: it gathers changes, asks rarely, sends sales only, and leaves the rest for another network. */
  metered: z.boolean(),
});
export type Economy = z.infer<typeof economy>;
