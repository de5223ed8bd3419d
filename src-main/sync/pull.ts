/** Receiving: pages of the feed, one on its way while the one before it is applied. */
import { fail, ok } from '#shared/result.ts';
import type { Store } from '#main/store/types.ts';
import { applyPage, BrokenPage, type createShapes } from './apply-page.ts';
import type { CycleDeps, Step } from './step.ts';

/** Receives until nothing is new. */
export function createPull(deps: CycleDeps, shapes: ReturnType<typeof createShapes>): Step {
  const { store, transport } = deps;

  return async (counts) => {
    let cursors = readCursors(store);
    let next = transport.pull(cursors, deps.pageSize);
    for (;;) {
      const answer = await next;
      if (!answer.ok) return answer;
      const { page, bytesDown } = answer.value;
      counts.bytesDown += bytesDown;
      shapes.learn(page.shapes);
      const outside = page.scopes.find((scope) => 'reset' in scope);
      if (outside)
        return fail({ kind: 'bug', detail: `The feed of ${outside.scope} no longer has this PC's position` });
      cursors = {
        ...cursors,
        ...Object.fromEntries(
          page.scopes.map((scope) => ['scope' in scope ? scope.scope : '', 'to' in scope ? scope.to : 0]),
        ),
      };
      const goOn = page.more && !deps.stopping();
      // the next page is on its way while this one is applied
      if (goOn) next = transport.pull(cursors, deps.pageSize);
      deps.onPhase('pulling', counts.pulled, counts.pulled + pending(page.scopes));
      try {
        counts.pulled += await applyPage(store, page, shapes.find, deps.yieldNow);
      } catch (error) {
        if (goOn) await next;
        if (!(error instanceof BrokenPage)) throw error;
        return fail({ kind: 'bug', detail: error.message });
      }
      if (!goOn) return ok(null);
    }
  };
}

function readCursors(store: Store): Record<string, number> {
  const rows = store.read.all<{ scope: string; position: number }>('SELECT scope, position FROM _cursors');
  return Object.fromEntries(rows.map(({ scope, position }) => [scope, position]));
}

/** Rows on this page plus transactions still to come: a lower bound that only grows smaller, good enough for a bar. */
function pending(scopes: readonly object[]): number {
  return scopes.reduce(
    (sum, scope) =>
      sum +
      ('rows' in scope && 'head' in scope && 'to' in scope
        ? (scope.rows as unknown[]).length + Number(scope.head) - Number(scope.to)
        : 0),
    0,
  );
}
