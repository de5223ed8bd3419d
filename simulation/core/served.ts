/** What a PC's request said when the cloud worked on it: taken down for the checks. */
import type { PushBody, PushReply } from '#shared/sync/protocol.ts';
import type { Call } from '../cloud/network.ts';
import type { SimPc } from '../pc/sim-pc.ts';
import type { LocalTxn, SentBatch } from './ledger.ts';
import type { World } from './world.ts';

/** A call that the cloud has answered. */
export type Served = {
  readonly call: Call;
  readonly batch: SentBatch | null;
  /** Local transactions that this answer accepted and none before it. */
  readonly accepted: readonly LocalTxn[];
  /** The cloud's transaction, where it wrote something. */
  readonly txn: string | null;
  readonly revokedBefore: boolean;
};

/** Batches by their hash: copies of a request, and the same batch sent again, are one. */
const batches = new WeakMap<World, Map<string, SentBatch>>();
const revoked = new WeakSet<Call>();

/** Notes which local transactions a batch carries, while the PC still has it written down. Copies carry the same. */
export function beforeServing(world: World, pc: SimPc, call: Call): void {
  if (pc.revoked) revoked.add(call);
  if (call.name !== 'sync_push') return;
  const known = batches.get(world) ?? new Map<string, SentBatch>();
  batches.set(world, known);
  const hash = String(call.args['hash']);
  if (known.has(hash)) return;
  const row = pc.store.read.get<{ payload: string; txns: string }>(
    'SELECT payload, txns FROM _outbox WHERE hash = ?',
    hash,
  );
  if (!row) return;
  known.set(hash, {
    pc: pc.index,
    body: JSON.parse(row.payload) as PushBody,
    txns: JSON.parse(row.txns) as number[],
  });
}

export function recordServed(world: World, call: Call): Served {
  const batch = batches.get(world)?.get(String(call.args['hash'])) ?? null;
  const { answer } = call;
  if (call.name !== 'sync_push' || !answer?.ok)
    return { call, batch: null, accepted: [], txn: null, revokedBefore: revoked.has(call) };
  if (!batch) throw new Error('A batch was accepted that its PC had not written down');
  const accepted = world.ledger.accept(batch, answer.value as PushReply);
  return { call, batch, accepted, txn: answer.txn, revokedBefore: revoked.has(call) };
}
