/**
 * Notices that this disk, or the cloud, has gone back to an earlier state, and goes on from there. A disk that is a copy or an old backup becomes
 * a device of its own; a cloud that was set back gets again what it has lost. Nobody is asked; the operator sees a notice.
 */
import { ok, type Result } from '#shared/result.ts';
import { readIdentity } from '#main/store/identity.ts';
import { deleteMeta, readMeta, writeMeta } from '#main/store/meta.ts';
import type { ReadableDb, Store } from '#main/store/types.ts';
import { becomeDevice, highestWritten, lastConfirmed } from './identities.ts';
import { addNotice } from './notices.ts';
import { resetAll } from './reset.ts';
import { rewind } from './rewind.ts';
import { settleFormer } from './settle.ts';
import { createKeyPair, keyPairOf, type KeyPair } from './transport/key-pair.ts';
import type { Transport, TransportFailure } from './transport/types.ts';

export type LineageDeps = {
  readonly store: Store;
  readonly transport: Transport;
  readonly yieldNow: () => Promise<void>;
  /** This PC signs in as another device from now on. */
  readonly onNewIdentity: () => void;
};

export type Lineage = {
  /** To be done before anything is sent: after a change of identity, learns what the cloud has of it. */
  settle(): Promise<Result<null, TransportFailure>>;
  /** Goes on from what a call found out; null when that is not of this kind. */
  cure(failure: TransportFailure): Promise<Result<null, TransportFailure> | null>;
};

export function createLineage(deps: LineageDeps): Lineage {
  const { store } = deps;
  return {
    settle: () => settleFormer(deps),
    async cure(failure) {
      if (failure.kind === 'forked') return takeOver(deps);
      if ((failure.kind !== 'gap' && failure.kind !== 'epoch') || !failure.cloud) return null;
      const { lastBatch, epoch } = failure.cloud;
      if (failure.kind === 'gap' && lastBatch >= lastConfirmed(store.read)) return null;
      store.apply({ tables: ['_queue', '_sync'], origin: 'cloud' }, (db) => {
        const lost = rewind(db, lastBatch);
        if (failure.kind === 'epoch') {
          // written for another history of the cloud, which has not taken them: they are cut anew
          db.run('DELETE FROM _outbox WHERE batch > ?', lastBatch);
          resetAll(db, epoch === readMeta(db, 'cloud_epoch') ? 'rewound' : 'epoch');
        }
        if (epoch !== undefined) writeMeta(db, 'cloud_epoch', epoch);
        if (lost > 0)
          addNotice(
            db,
            `The cloud was set back to an earlier state. ${lost} changes of this PC that it had lost are sent again.`,
            store.now(),
          );
      });
      return ok(null);
    },
  };
}

/** What the last batch that the cloud has from this device says about disk and cloud; null when all is as it should be. */
export function strayed(db: ReadableDb, lastBatch: number | undefined): TransportFailure | null {
  if (lastBatch === undefined || readMeta(db, 'previous_device') !== undefined) return null;
  const detail = `The cloud has batch ${lastBatch} of this PC, this disk ${lastConfirmed(db)} to ${highestWritten(db)}`;
  if (lastBatch > highestWritten(db)) return { kind: 'forked', detail };
  return lastBatch < lastConfirmed(db) ? { kind: 'gap', detail, cloud: { lastBatch } } : null;
}

/** Asks for an identity of its own, with the old one as its proof, and becomes that. A lost answer comes again: the key pair is written down first. */
async function takeOver({ store, transport, onNewIdentity }: LineageDeps): Promise<Result<null, TransportFailure>> {
  const keys = forkKeys(store);
  const answer = await transport.fork(keys.publicKey);
  if (!answer.ok) return answer;
  const notice = `The data on this PC was a copy of “${readIdentity(store.read)?.deviceName ?? ''}”, or an older backup of it. It goes on as “${answer.value.deviceName}”; what the cloud had already is not sent again.`;
  store.apply({ tables: ['_sync', '_queue'], origin: 'cloud' }, (db) => {
    becomeDevice(db, answer.value, keys.privateKey);
    deleteMeta(db, 'fork_request');
    addNotice(db, notice, store.now());
  });
  onNewIdentity();
  return ok(null);
}

type ForkRequest = { readonly deviceId: string; readonly privateKey: string };

function forkKeys(store: Store): KeyPair {
  const deviceId = readIdentity(store.read)?.deviceId ?? '';
  const before = readMeta<ForkRequest>(store.read, 'fork_request');
  if (before?.deviceId === deviceId) return keyPairOf(before.privateKey);
  const keys = createKeyPair();
  store.apply(null, (db) =>
    writeMeta(db, 'fork_request', { deviceId, privateKey: keys.privateKey } satisfies ForkRequest),
  );
  return keys;
}
