/** One cycle: send until nothing is left to send, then receive until nothing is new. It can be killed anywhere and starts again. */
import { fail, ok, type Result } from '#shared/result.ts';
import { readMeta } from '#main/store/meta.ts';
import type { PushReply } from '#shared/sync/protocol.ts';
import type { Store, StoreChange } from '#main/store/types.ts';
import { MisfitReply, recordAnswer } from './acknowledge.ts';
import { applyPage, BrokenPage, createShapes } from './apply-page.ts';
import { cutBatch, readOutbox, splitBatch, type OutboxBatch } from './outbox.ts';
import type { RunCounts } from './runs.ts';
import type { Transport, TransportFailure } from './transport/types.ts';

export type CycleDeps = {
  readonly store: Store;
  readonly transport: Transport;
  /** Operations in a batch, at most, unless one transaction is larger. */
  readonly batchSize: number;
  /** Rows in a page, about. */
  readonly pageSize: number;
  readonly yieldNow: () => Promise<void>;
  readonly stopping: () => boolean;
  readonly onPhase: (phase: 'pushing' | 'pulling', done: number, total: number) => void;
};

export type Cycle = { run(counts: RunCounts): Promise<Result<null, TransportFailure>> };

export function createCycle(deps: CycleDeps): Cycle {
  const { store, transport } = deps;
  const shapes = createShapes();

  const cut = (): OutboxBatch | undefined => {
    const waiting = store.read.get('SELECT 1 FROM _change_log WHERE state < 4 AND state = 0 LIMIT 1') !== undefined;
    return waiting ? store.apply(null, (db) => cutBatch(db, deps.batchSize, store.now())) : undefined;
  };

  /** Records the answer and writes down the next batch, under one commit. */
  const advance = (outbox: OutboxBatch, reply: PushReply, counts: RunCounts): OutboxBatch | undefined => {
    const now = store.now();
    if (reply.status === 'split') return store.apply(null, (db) => splitBatch(db, outbox, now));
    const change = { tables: ['_queue'] as StoreChange['tables'][number][], origin: 'cloud' as const };
    return store.apply(change, (db) => {
      const { result, touched } = recordAnswer(db, outbox, reply, shapes.find, now);
      change.tables.push(...touched);
      counts.pushed += outbox.operations;
      counts.merged += result.merged;
      counts.conflicts += result.conflicts;
      counts.refused += result.refused;
      return deps.stopping() ? undefined : cutBatch(db, deps.batchSize, now);
    });
  };

  const push = async (counts: RunCounts): Promise<Result<null, TransportFailure>> => {
    const epoch = readMeta<number>(store.read, 'epoch') ?? 1;
    const total = store.read.get<{ n: number }>('SELECT count(*) AS n FROM _change_log WHERE state < 4')?.n ?? 0;
    let outbox = readOutbox(store.read) ?? cut();
    while (outbox && !deps.stopping()) {
      deps.onPhase('pushing', counts.pushed, Math.max(total, counts.pushed + outbox.operations));
      const answer = await transport.push({ batch: outbox.batch, epoch, hash: outbox.hash, payload: outbox.payload });
      if (!answer.ok) return answer;
      counts.bytesUp += answer.value.bytesUp;
      counts.bytesRaw += answer.value.bytesRaw;
      try {
        outbox = advance(outbox, answer.value.reply, counts);
      } catch (error) {
        if (!(error instanceof MisfitReply)) throw error;
        return fail({ kind: 'bug', detail: error.message });
      }
      await deps.yieldNow();
    }
    return ok(null);
  };

  const pull = async (counts: RunCounts): Promise<Result<null, TransportFailure>> => {
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

  return {
    async run(counts) {
      const pushed = await push(counts);
      if (!pushed.ok || deps.stopping()) return pushed;
      return pull(counts);
    },
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
