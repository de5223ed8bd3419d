/** Receives up to a position and not beyond, so that this PC stands exactly where an answer of the cloud was computed. */
import { fail, ok } from '#shared/result.ts';
import type { FeedScope, Heads, PullPage, ResetReason } from '#shared/sync/protocol.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { applyPage, BrokenPage } from '../apply-page.ts';
import { readCursors } from '../cursors.ts';
import { pullRequest } from '../pull.ts';
import type { Shapes } from '../shapes.ts';
import type { CycleDeps } from '../step.ts';
import type { PullTo } from './verify.ts';

/** Pages that are fetched for one answer at most. */
const mostPages = 20;

export function createPullTo(deps: CycleDeps, shapes: Shapes): PullTo {
  const { store, transport } = deps;
  return async (heads) => {
    for (let i = 0; i < mostPages; i += 1) {
      const where = standing(store.read, heads);
      if (where !== 'before') return ok(where === 'there');
      const answer = await transport.pull(pullRequest(deps, shapes, readCursors(store.read)));
      if (!answer.ok) return answer;
      const { page } = answer.value;
      shapes.learn(page);
      // what this PC follows has changed: that is for the next cycle
      if (page.held || page.scopes.some((scope) => 'reset' in scope)) return ok(false);
      try {
        await applyPage(store, upTo(page, heads), shapes.find, deps.yieldNow);
      } catch (error) {
        if (!(error instanceof BrokenPage)) throw error;
        shapes.askAll();
        return fail({ kind: 'bug', detail: error.message });
      }
    }
    return ok(false);
  };
}

function standing(db: ReadableDb, heads: Heads): 'before' | 'there' | 'elsewhere' {
  const cursors = readCursors(db);
  let there = true;
  for (const [scope, [head, mark]] of Object.entries(heads)) {
    const [position, stamp] = cursors[scope] ?? [head + 1, null];
    if (position > head || (position === head && stamp !== null && stamp !== mark)) return 'elsewhere';
    there &&= position === head;
  }
  return there ? 'there' : 'before';
}

type Feed = Exclude<FeedScope, { reset: ResetReason }>;

/** The part of a page up to these positions, in whole transactions. */
export function upTo(page: PullPage, heads: Heads): PullPage {
  const scopes = page.scopes.flatMap((scope): Feed[] => {
    if ('reset' in scope) return [];
    const [head, mark] = heads[scope.scope] ?? [scope.to, scope.stamp];
    if (scope.to <= head) return [scope];
    if (scope.from >= head) return [];
    const txns = scope.txns.slice(0, head - scope.from);
    const rows = txns.reduce((sum, n) => sum + n, 0);
    return [{ ...scope, to: head, stamp: mark, txns, rows: scope.rows.slice(0, rows) }];
  });
  return { ...page, scopes };
}
