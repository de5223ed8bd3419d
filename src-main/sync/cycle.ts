/**
 * One cycle: send until nothing is left to send, receive until nothing is new, read what has to be read from nothing, and purge what this PC
 * should not have any more. It can be killed anywhere and starts again.
 */
import { ok, type Result } from '#shared/result.ts';
import { createBootstrap } from './bootstrap.ts';
import { createLineage } from './lineage.ts';
import { createPull } from './pull.ts';
import { createPurge } from './purge.ts';
import { createPush } from './push.ts';
import { readAgain } from './read-again.ts';
import type { RunCounts } from './runs.ts';
import type { CycleDeps, Step } from './step.ts';
import { createShapes } from './shapes.ts';
import type { TransportFailure } from './transport/types.ts';
import { createPullTo } from './verification/pull-to.ts';
import { createVerify, type Verify } from './verification/verify.ts';

export type Cycle = {
  run(counts: RunCounts): Promise<Result<null, TransportFailure>>;
  /** Between two runs: compares this PC's rows with the cloud's. */
  readonly verify: Verify;
};

/** A cloud that was set back may find a copy of this disk that had gone on; more than that in one cycle is not believed. */
const mostCures = 3;
const curable: ReadonlySet<TransportFailure['kind']> = new Set(['forked', 'gap', 'epoch']);

export function createCycle(deps: CycleDeps): Cycle {
  const shapes = createShapes(deps.store);
  const push = createPush(deps, shapes);
  const pull = createPull(deps, shapes);
  const bootstrap = createBootstrap(deps, shapes);
  const purge = createPurge(deps);
  const lineage = createLineage(deps);

  const round: Step = async (counts) => {
    const settled = await lineage.settle();
    if (!settled.ok || deps.stopping()) return settled;
    for (;;) {
      const pushed = await push(counts);
      if (!pushed.ok || deps.stopping()) return pushed;
      const pulled = await pull(counts);
      if (!pulled.ok || deps.stopping()) return pulled;
      const read = await bootstrap(counts);
      if (!read.ok) return read;
      if (deps.stopping()) return ok(null);
      // a sale does not wait for a bootstrap, what came meanwhile is received, and what the cloud has just learned to take is sent
      if (!read.value && !shapes.takeNews()) break;
    }
    await purge();
    return ok(null);
  };

  let isRead = false;
  return {
    verify: createVerify({ ...deps, shapes, pullTo: createPullTo(deps, shapes) }),
    async run(counts) {
      if (!isRead) await readAgain(deps.store, deps.yieldNow);
      isRead = true;
      for (let cures = 0; ; cures += 1) {
        const result = await round(counts);
        if (result.ok || cures === mostCures) return result;
        // the next round finds it again and goes on from it: nothing that an operator would have to know
        if (deps.stopping()) return curable.has(result.error.kind) ? ok(null) : result;
        const cured = await lineage.cure(result.error);
        if (!cured) return result;
        if (!cured.ok) return cured;
        shapes.reload();
      }
    },
  };
}
