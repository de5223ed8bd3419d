/** Who this disk was and is in the cloud, and how far its batches were counted. */
import { readMeta, writeMeta } from '#main/store/meta.ts';
import { readIdentity, writeIdentity } from '#main/store/identity.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import type { Enrolment } from '#shared/sync/protocol.ts';
import { followAnew } from './scopes.ts';
import type { KeyCredential } from './transport/types.ts';
import { forgetShapes } from './shapes.ts';

/** A device that this disk was, and how far the cloud had confirmed its batches here. */
export type FormerDevice = { readonly deviceId: string; readonly lastBatch: number };

/** What the present identity's batch numbers are counted from in `_change_log.batch`. */
export function batchStart(db: ReadableDb): number {
  return db.get<{ start: number }>('SELECT start FROM _identities ORDER BY id DESC LIMIT 1')?.start ?? 0;
}

/** The last batch that the cloud confirmed to the present identity. */
export function lastConfirmed(db: ReadableDb): number {
  return readMeta<number>(db, 'last_batch') ?? 0;
}

/** The highest batch number that this disk wrote down for the present identity. */
export function highestWritten(db: ReadableDb): number {
  const waiting = db.get<{ batch: number | null }>('SELECT max(batch) AS batch FROM _outbox')?.batch ?? 0;
  return Math.max(waiting, lastConfirmed(db));
}

/**
 * Makes this disk the device that the cloud enrolled it as, with the private key of that. What the former identity had sent is settled before anything is sent again
 * (`settle.ts`), and everything is read anew: what the former one had sent itself, and a restored disk has lost, is in the cloud.
 */
export function becomeDevice(db: WritableDb, enrolment: Enrolment, privateKey: string): void {
  const before = readIdentity(db);
  if (before && readMeta(db, 'previous_device') === undefined) {
    writeMeta(db, 'previous_device', {
      deviceId: before.deviceId,
      lastBatch: lastConfirmed(db),
    } satisfies FormerDevice);
  }
  // one number stays free: it stands for what the former identity had sent and this disk did not know of
  const start = before ? batchStart(db) + highestWritten(db) + 1 : 0;
  const { deviceId, deviceName, storeId, storeName, counter } = enrolment;
  db.run('INSERT INTO _identities (device_id, store_id, start) VALUES (?, ?, ?)', deviceId, storeId, start);
  writeIdentity(db, { deviceId, deviceName, storeId, storeName, counter });
  writeMeta(db, 'credential', { deviceId, privateKey } satisfies KeyCredential);
  writeMeta(db, 'epoch', enrolment.epoch);
  writeMeta(db, 'last_batch', 0);
  followAnew(db, before?.storeId === storeId);
  forgetShapes(db);
}
