/** Receiving: pages of the feed, one on its way while the one before it is applied. */
import { fail, ok } from '#shared/result.ts';
import { protocolVersion, type Cursors, type FeedScope, type PullPage } from '#shared/sync/protocol.ts';
import { readMeta, writeMeta } from '#main/store/meta.ts';
import type { Store } from '#main/store/types.ts';
import { applyPage, BrokenPage } from './apply-page.ts';
import { beginAnew, readCursors } from './cursors.ts';
import { strayed } from './lineage.ts';
import { resetAll } from './reset.ts';
import { holdScopes, readHeld } from './scopes.ts';
import type { Shapes } from './shapes.ts';
import type { CycleDeps, Step } from './step.ts';
import type { PullRequest } from './transport/types.ts';
import { followWindows } from './windows.ts';

/** Receives until nothing is new in the scopes that have a cursor; what has to be read from nothing is left to bootstrap.ts. */
export function createPull(deps: CycleDeps, shapes: Shapes): Step {
  const { store, transport } = deps;

  const ask = (cursors: Cursors) => transport.pull(pullRequest(deps, shapes, cursors));

  return async (counts) => {
    let next = ask(readCursors(store.read));
    for (;;) {
      const answer = await next;
      if (!answer.ok) return answer;
      const { page, bytesDown } = answer.value;
      counts.bytesDown += bytesDown;
      const gone = strayed(store.read, page.batch);
      if (gone) return fail(gone);
      shapes.learn(page);
      if (takeNotice(store, page) === 'all reset') {
        shapes.reload();
        return ok(null);
      }
      const goOn = page.more && !deps.stopping();
      if (goOn) {
        // the next page is on its way while this one is applied; the turn lets the request leave first
        next = ask(after(readCursors(store.read), page));
        await deps.yieldNow();
      }
      deps.onPhase('pulling', counts.pulled, counts.pulled + pending(page.scopes));
      try {
        counts.pulled += await applyPage(store, page, shapes.find, deps.yieldNow);
      } catch (error) {
        if (goOn) await next;
        if (!(error instanceof BrokenPage)) throw error;
        shapes.askAll();
        return fail({ kind: 'bug', detail: error.message });
      }
      if (!goOn) {
        deps.onCloudClock(page.clock / 1000);
        followWindows(store, page.clock / 1000);
        return ok(null);
      }
    }
  };
}

/** What a pull after these cursors asks for. */
export function pullRequest({ store, pageSize }: CycleDeps, shapes: Shapes, cursors: Cursors): PullRequest {
  return {
    cursors,
    knownShape: shapes.newest(),
    maxRows: pageSize,
    cloudEpoch: readMeta<number>(store.read, 'cloud_epoch') ?? 0,
    knownScopes: readHeld(store.read)?.mark ?? '',
  };
}

/** Takes over what a page says beside rows: this PC's scopes, the cloud's epoch, and cursors that are of no use any more. */
function takeNotice(store: Store, page: PullPage): 'all reset' | 'go on' {
  const resets = page.scopes.filter((scope) => 'reset' in scope);
  const everything = resets.find(({ reset }) => reset === 'epoch' || reset === 'rewound');
  const before = new Set(store.read.all<{ scope: string }>('SELECT scope FROM _bootstraps').map(({ scope }) => scope));
  const news = resets.filter(({ scope, reset }) => reset !== 'new' || !before.has(scope));
  const newer = (readMeta<number>(store.read, 'cloud_protocol') ?? protocolVersion) !== page.protocol[0];
  const epochMoved = readMeta<number>(store.read, 'cloud_epoch') !== page.epoch;
  if (!page.held && news.length === 0 && !epochMoved && !newer) return 'go on';
  store.apply({ tables: ['_sync'], origin: 'cloud' }, (db) => {
    if (page.held) holdScopes(db, page.held);
    for (const { scope, reset } of news) beginAnew(db, scope, reset);
    if (everything) resetAll(db, everything.reset === 'epoch' ? 'epoch' : 'rewound');
    if (epochMoved) writeMeta(db, 'cloud_epoch', page.epoch);
    if (newer) writeMeta(db, 'cloud_protocol', page.protocol[0]);
  });
  return everything ? 'all reset' : 'go on';
}

/** Where the cursors will stand when a page is applied. */
function after(cursors: Cursors, page: PullPage): Cursors {
  const moved = page.scopes.flatMap((scope) =>
    'to' in scope && scope.scope in cursors ? [[scope.scope, [scope.to, scope.stamp]] as const] : [],
  );
  return { ...cursors, ...Object.fromEntries(moved) };
}

/** Rows on this page plus transactions still to come: a lower bound that only grows smaller, good enough for a bar. */
function pending(scopes: readonly FeedScope[]): number {
  return scopes.reduce((sum, scope) => sum + ('rows' in scope ? scope.rows.length + scope.head - scope.to : 0), 0);
}
