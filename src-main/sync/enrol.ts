/** How this PC becomes a PC of a store: with a key pair of its own and a one-time code. */
import { createHash } from 'node:crypto';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { Enrolment } from '#shared/sync/protocol.ts';
import { readIdentity } from '#main/store/identity.ts';
import { deleteMeta, readMeta, writeMeta } from '#main/store/meta.ts';
import { countQueue } from '#main/store/queries.ts';
import type { Identity, Store } from '#main/store/types.ts';
import { becomeDevice } from './identities.ts';
import { createKeyPair, keyPairOf, type KeyPair } from './transport/key-pair.ts';
import type { Credential } from './transport/types.ts';

/** A code that was sent, by its hash, and the private key that went with it. */
type Enrolling = { readonly code: string; readonly privateKey: string };

/**
 * The key pair to enrol with, in the store before the cloud hears of it: when the answer is lost, the same code with the same key gets it
 * again.
 */
export function keyPairFor(store: Store, code: string): KeyPair {
  const hash = createHash('sha256').update(code.trim().toUpperCase()).digest('hex');
  const before = readMeta<Enrolling>(store.read, 'enrolling');
  if (before?.code === hash) return keyPairOf(before.privateKey);
  const pair = createKeyPair();
  store.apply(null, (db) =>
    writeMeta(db, 'enrolling', { code: hash, privateKey: pair.privateKey } satisfies Enrolling),
  );
  return pair;
}

/** Makes this PC what the cloud enrolled it as. Unsent changes stay; they may not move to another store. */
export function acceptEnrolment(store: Store, enrolment: Enrolment, keys: KeyPair): Result<Identity, AppError> {
  const before = readIdentity(store.read);
  const counts = countQueue(store.read);
  const waiting = counts.waiting + counts.owed;
  if (before && before.storeId !== enrolment.storeId && waiting > 0) {
    return fail(
      appError('bad-input', `${waiting} unsent changes belong to ${before.storeName}. Send or discard them first.`),
    );
  }
  store.apply({ tables: ['_sync'], origin: 'local' }, (db) => {
    becomeDevice(db, enrolment, keys.privateKey);
    deleteMeta(db, 'enrolling');
  });
  const { deviceId, deviceName, storeId, storeName, counter } = enrolment;
  return ok({ deviceId, deviceName, storeId, storeName, counter });
}

/** What this PC signs in with; undefined before enrolment. */
export function readCredential(store: Store): Credential | undefined {
  return readMeta<Credential>(store.read, 'credential');
}

/** Writes down a better credential than the one it has. */
export function keepCredential(store: Store, credential: Credential): void {
  store.apply(null, (db) => writeMeta(db, 'credential', credential));
}

/** Writes down the public key that the cloud opens change bundles with. */
export function keepBundleKey(store: Store, key: string): void {
  if (readMeta<string>(store.read, 'bundle_key') !== key) store.apply(null, (db) => writeMeta(db, 'bundle_key', key));
}
