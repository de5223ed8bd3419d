/** One cycle: send until nothing is left to send, then receive until nothing is new. It can be killed anywhere and starts again. */
import type { Result } from '#shared/result.ts';
import { createShapes } from './apply-page.ts';
import { createPull } from './pull.ts';
import { createPush } from './push.ts';
import type { RunCounts } from './runs.ts';
import type { CycleDeps } from './step.ts';
import type { TransportFailure } from './transport/types.ts';

export type Cycle = { run(counts: RunCounts): Promise<Result<null, TransportFailure>> };

export function createCycle(deps: CycleDeps): Cycle {
  const shapes = createShapes();
  const push = createPush(deps, shapes.find);
  const pull = createPull(deps, shapes);
  return {
    async run(counts) {
      const pushed = await push(counts);
      if (!pushed.ok || deps.stopping()) return pushed;
      return pull(counts);
    },
  };
}
