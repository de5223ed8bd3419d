import { appError } from '#shared/contract/errors.ts';
import { fail } from '#shared/result.ts';
import type { Answer } from './answer.ts';

/** Lets calls through until it closes; then answers `host-gone`, and waits for the calls that are inside. */
export function createGate(answer: Answer): { call: Answer; close(): Promise<void> } {
  const inside = new Set<Promise<unknown>>();
  let closed = false;
  return {
    call(name, input) {
      if (closed) return Promise.resolve(fail(appError('host-gone')));
      const call = answer(name, input);
      inside.add(call);
      void call.finally(() => inside.delete(call));
      return call;
    },
    async close() {
      closed = true;
      await Promise.allSettled(inside);
    },
  };
}
