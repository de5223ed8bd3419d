import { z } from 'zod';
import { appErrorSchema } from '#shared/contract/errors.ts';
import type { Config } from '#main/config/read-config.ts';
import type { HostPaths } from './paths.ts';
import type { KeyKeeper } from './status.ts';

/** What the host's thread is started with. */
export type HostThreadData = {
  readonly config: Config;
  readonly paths: HostPaths;
  readonly key: Uint8Array;
  readonly keyKeptBy: KeyKeeper;
  readonly versions: Readonly<Record<string, string>>;
};

/** Beside the frames of the contract: what the main process tells the thread. */
export const toThread = z.discriminatedUnion('control', [
  z.strictObject({ control: z.literal('close') }),
  z.strictObject({ control: z.literal('wake'), reason: z.enum(['network', 'resume']) }),
]);
export type ToThread = z.infer<typeof toThread>;

/** And what the thread tells the main process. */
export const fromThread = z.discriminatedUnion('control', [
  z.strictObject({ control: z.literal('ready'), metricsPort: z.int() }),
  z.strictObject({ control: z.literal('failed'), error: appErrorSchema }),
]);
export type FromThread = z.infer<typeof fromThread>;
