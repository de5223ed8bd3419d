/** Sending: cuts batches from what was captured, keeps two on their way, and records the answers. */
import { fail, ok, type Result } from '#shared/result.ts';
import { deleteMeta, readMeta, writeMeta } from '#main/store/meta.ts';
import type { PushReply } from '#shared/sync/protocol.ts';
import type { StoreChange, WritableDb } from '#main/store/types.ts';
import { MisfitReply, recordAnswer, type Shapes } from './acknowledge.ts';
import { hasSendable } from './operations.ts';
import { cutBatch, readOutbox, splitBatch, type OutboxBatch } from './outbox.ts';
import type { FormerDevice } from './identities.ts';
import type { RunCounts } from './runs.ts';
import type { CycleDeps, Step } from './step.ts';
import type { Transport, TransportFailure } from './transport/types.ts';

/** Batches on their way at once: while the cloud works on one, the PC prepares the other. */
const window = 2;

type Flight = { readonly outbox: OutboxBatch; readonly answer: ReturnType<Transport['push']> };
type OkReply = Exclude<PushReply, { status: 'split' }>;

/** Sends until nothing is left that can be sent. */
export function createPush(deps: CycleDeps, shapes: Shapes): Step {
  const { store, transport } = deps;

  const send = (outbox: OutboxBatch): Flight => {
    const epoch = readMeta<number>(store.read, 'epoch') ?? 1;
    const { batch, hash, payload } = outbox;
    return { outbox, answer: transport.push({ batch, epoch, hash, payload }) };
  };

  /** Writes down and sends what may be on its way beside these batches. */
  const follow = (db: WritableDb, flights: readonly Flight[]): OutboxBatch | undefined =>
    flights.length < window && !deps.stopping()
      ? cutBatch(
          db,
          deps.batchSize,
          store.now(),
          flights.map(({ outbox }) => outbox),
        )
      : undefined;

  /** Records the answer to a batch and does what comes next, under one commit. */
  const advance = (
    outbox: OutboxBatch,
    reply: OkReply,
    counts: RunCounts,
    next: (db: WritableDb) => OutboxBatch | undefined,
  ): OutboxBatch | undefined => {
    const change = { tables: ['_queue'] as StoreChange['tables'][number][], origin: 'cloud' as const };
    return store.apply(change, (db) => {
      const { result, touched } = recordAnswer(db, outbox, reply, shapes, store.now());
      change.tables.push(...touched);
      counts.pushed += outbox.operations;
      counts.merged += result.merged;
      counts.conflicts += result.conflicts;
      counts.refused += result.refused;
      return next(db);
    });
  };

  /** After a new enrolment: takes the answers that the old identity still had to get; what was never accepted is cut anew. */
  const settlePrevious = async (counts: RunCounts): Promise<Result<null, TransportFailure>> => {
    const former = readMeta<FormerDevice | string>(store.read, 'previous_device');
    if (former === undefined) return ok(null);
    const deviceId = typeof former === 'string' ? former : former.deviceId;
    for (const outbox of readOutbox(store.read)) {
      const answer = await transport.receipt(deviceId, outbox.batch, outbox.hash);
      if (!answer.ok) return answer;
      const reply = answer.value;
      if (reply && reply.status === 'ok') advance(outbox, reply, counts, () => undefined);
    }
    store.apply(null, (db) => {
      db.run('DELETE FROM _outbox');
      deleteMeta(db, 'previous_device');
      writeMeta(db, 'last_batch', 0);
    });
    return ok(null);
  };

  const push = async (counts: RunCounts): Promise<Result<null, TransportFailure>> => {
    const total = store.read.get<{ n: number }>('SELECT count(*) AS n FROM _change_log WHERE state < 4')?.n ?? 0;
    let flights = readOutbox(store.read).map(send);
    const fill = (): void => {
      while (flights.length < window && hasSendable(store.read)) {
        const next = store.apply(null, (db) => follow(db, flights));
        if (!next) break;
        flights.push(send(next));
      }
    };
    fill();
    for (let behind = false; flights[0];) {
      const [{ outbox, answer }] = flights as [Flight, ...Flight[]];
      deps.onPhase('pushing', counts.pushed, Math.max(total, counts.pushed + outbox.operations));
      const result = await answer;
      if (!result.ok && result.error.kind === 'gap' && behind) {
        // it overtook the batch before it, or that one was split: now it is its turn
        flights[0] = send(outbox);
        behind = false;
        continue;
      }
      if (!result.ok) return ended(flights, result);
      counts.bytesUp += result.value.bytesUp;
      counts.bytesRaw += result.value.bytesRaw;
      const { reply } = result.value;
      if (reply.status === 'split') {
        flights[0] = send(store.apply(null, (db) => splitBatch(db, outbox, store.now())));
        continue;
      }
      flights = flights.slice(1);
      try {
        const waiting = flights;
        const next = advance(outbox, reply, counts, (db) => follow(db, waiting));
        if (next) flights.push(send(next));
      } catch (error) {
        if (!(error instanceof MisfitReply)) throw error;
        return ended(flights, fail({ kind: 'bug', detail: error.message }));
      }
      behind = true;
      if (deps.stopping()) return ended(flights, ok(null));
      await deps.yieldNow();
      fill();
    }
    return ok(null);
  };

  return async (counts) => {
    const settled = await settlePrevious(counts);
    return settled.ok ? push(counts) : settled;
  };
}

/** Lets the other batches on their way end before the cycle does; their answers come again next time. */
async function ended<T>(flights: readonly Flight[], result: T): Promise<T> {
  await Promise.all(flights.map(({ answer }) => answer));
  return result;
}
