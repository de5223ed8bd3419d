/** Lets a call of a daemon end while nothing else happens. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { perform } from './perform.ts';
import type { World } from './world.ts';

const patience = 500;

export async function pump<T>(world: World, pc: number, promise: Promise<T>): Promise<T> {
  const box: { done: boolean } = { done: false };
  void promise.finally(() => (box.done = true)).catch(() => undefined);
  for (let i = 0; i < patience; i += 1) {
    await nextTurn();
    if (box.done) return promise;
    const call = world.network.calls.find((each) => each.pc === pc && each.awaited);
    if (call) await perform(world, { do: call.state === 'answered' ? 'answer' : 'serve', pc, nth: 0 });
    else await perform(world, { do: 'go-on', pc });
  }
  throw new Error(`A call of PC ${pc + 1} does not end`);
}
