import { commandNames } from '#shared/contract/commands.ts';
import { appError } from '#shared/contract/errors.ts';
import { fail } from '#shared/result.ts';
import type { HostParts, ShopPart, SyncPart } from './parts.ts';

// Stands here until src-main/sync and src-main/shop have their parts; then it names them.
const daemonless: SyncPart['daemon'] = {
  start: () => undefined,
  stop: () => Promise.resolve(),
  wake: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  status: () => ({ phase: 'idle', nextAttemptAt: null, failure: null, progress: null }),
  onStatus: () => () => undefined,
  verify: () => Promise.resolve(fail(appError('not-enrolled'))),
  enrol: () => Promise.resolve(fail(appError('code-refused'))),
};
const nothing = Object.fromEntries(commandNames.map((name) => [name, () => fail(appError('not-found'))]));

/** The parts a real host is made of. */
export const realParts: HostParts = {
  createSync: () => ({ daemon: daemonless, handlers: nothing as unknown as SyncPart['handlers'] }),
  createShop: () => ({ handlers: nothing as unknown as ShopPart['handlers'], stop: () => Promise.resolve() }),
};
