/** Sending: cuts batches from what was captured, keeps two on their way, and records the answers. */
import { refusalReason, tooLarge } from '#shared/contract/refusals.ts';
import { fail, ok } from '#shared/result.ts';
import type { PushReply } from '#shared/sync/protocol.ts';
import { readMeta } from '#main/store/meta.ts';
import type { StoreChange, WritableDb } from '#main/store/types.ts';
import { MisfitReply, recordAnswer } from './acknowledge.ts';
import { lastSeen } from './cursors.ts';
import { refuse } from './dead-letters.ts';
import { hasSendable } from './operations.ts';
import { cutBatch, maxBatchBytes, readOutbox, splitBatch, type OutboxBatch } from './outbox.ts';
import type { RunCounts } from './runs.ts';
import type { Shapes } from './shapes.ts';
import type { CycleDeps, Step } from './step.ts';
import type { Transport } from './transport/types.ts';

/** Batches on their way at once: while the cloud works on one, the PC prepares the other. */
const window = 2;

/** Who finds even this too large, in bytes, is not the cloud. */
const alwaysTaken = 50_000;

/** `alone`: when it was sent, every batch before it had its answer. */
type Flight = { readonly outbox: OutboxBatch; readonly alone: boolean; readonly answer: ReturnType<Transport['push']> };
type OkReply = Exclude<PushReply, { status: 'split' }>;

/** Sends until nothing is left that can be sent. */
export function createPush(deps: CycleDeps, shapes: Shapes): Step {
  const { store, transport } = deps;
  /** Smaller once somebody on the way did not take a batch of this size. */
  let bytes = maxBatchBytes;

  const send = (outbox: OutboxBatch, alone: boolean): Flight => {
    const epoch = readMeta<number>(store.read, 'cloud_epoch') ?? 0;
    const { batch, hash, payload } = outbox;
    return { outbox, alone, answer: transport.push({ batch, epoch, hash, payload, seen: lastSeen(store.read) }) };
  };

  /** What may be on its way beside these batches: one that was written down before, or a new one. */
  const follow = (db: WritableDb, flights: readonly Flight[]): OutboxBatch | undefined => {
    if (flights.length >= window) return undefined;
    const [written] = readOutbox(db, flights.at(-1)?.outbox.batch ?? 0, 1);
    if (written || deps.stopping()) return written;
    const onTheWay = flights.map(({ outbox }) => outbox);
    return cutBatch(db, {
      operations: deps.batchSize,
      bytes,
      now: store.now(),
      onTheWay,
      shapes,
      sparing: deps.sparing(),
    });
  };

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

  /** Nobody took the batch: it and what follows is cut anew, smaller. A single local transaction cannot be, and needs a person. */
  const shrink = ({ batch, payload, txns }: OutboxBatch, counts: RunCounts): void => {
    bytes = Math.min(bytes, Math.ceil(payload.length / 2));
    store.apply({ tables: ['_queue'], origin: 'cloud' }, (db) => {
      db.run('DELETE FROM _outbox WHERE batch >= ?', batch);
      const [only, ...more] = txns;
      if (only === undefined || more.length > 0) return;
      refuse(db, only, tooLarge, refusalReason(tooLarge, ''), store.now());
      counts.refused += 1;
    });
  };

  return async (counts) => {
    const total = store.read.get<{ n: number }>('SELECT count(*) AS n FROM _change_log WHERE state < 4')?.n ?? 0;
    let flights: Flight[] = [];
    const fill = (): void => {
      while (flights.length < window && hasSendable(store.read)) {
        const next = store.apply(null, (db) => follow(db, flights));
        if (!next) break;
        flights.push(send(next, flights.length === 0));
      }
    };
    fill();
    while (flights[0]) {
      const [{ outbox, alone, answer }] = flights as [Flight, ...Flight[]];
      deps.onPhase('pushing', counts.pushed, Math.max(total, counts.pushed + outbox.operations));
      const result = await answer;
      if (!result.ok && result.error.kind === 'gap' && !alone) {
        // it overtook the batch before it, or that one was split: now it is its turn
        flights[0] = send(outbox, true);
        continue;
      }
      if (
        !result.ok &&
        result.error.kind === 'too-large' &&
        (outbox.txns.length > 1 || outbox.payload.length > alwaysTaken)
      ) {
        // what follows may refer to what is in it, and was not taken before it
        await ended(flights, null);
        shrink(outbox, counts);
        flights = [];
        fill();
        continue;
      }
      if (!result.ok) return ended(flights, result);
      counts.bytesUp += result.value.bytesUp;
      counts.bytesRaw += result.value.bytesRaw;
      const { reply } = result.value;
      if (reply.status === 'split') {
        flights[0] = send(
          store.apply(null, (db) => splitBatch(db, outbox, store.now())),
          true,
        );
        continue;
      }
      flights = flights.slice(1);
      try {
        const waiting = flights;
        const next = advance(outbox, reply, counts, (db) => follow(db, waiting));
        if (next) flights.push(send(next, waiting.length === 0));
      } catch (error) {
        if (!(error instanceof MisfitReply)) throw error;
        return ended(flights, fail({ kind: 'bug', detail: error.message }));
      }
      if (deps.stopping()) return ended(flights, ok(null));
      await deps.yieldNow();
      fill();
    }
    return ok(null);
  };
}

/** Lets the other batches on their way end before the cycle does; their answers come again next time. */
async function ended<T>(flights: readonly Flight[], result: T): Promise<T> {
  await Promise.all(flights.map(({ answer }) => answer));
  return result;
}
