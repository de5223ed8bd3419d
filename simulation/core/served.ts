/** What a PC's request said when the cloud worked on it: taken down for the checks. */
import type { PushReply } from '#shared/sync/protocol.ts';
import type { Call } from '../cloud/network.ts';
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

export function recordServed(world: World, call: Call, revokedBefore: boolean): Served {
  const { answer } = call;
  if (call.name !== 'sync_push' || !answer?.ok) return { call, batch: null, accepted: [], txn: null, revokedBefore };
  const batch = world.network.sent.get(String(call.args['hash']));
  if (!batch) throw new Error('A batch was accepted that its PC had not written down');
  const accepted = world.ledger.accept(batch, answer.value as PushReply);
  return { call, batch, accepted, txn: answer.txn, revokedBefore };
}
