/** Writes everything that waits into a change bundle. */
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { basename } from 'node:path';
import type { BundleExport } from '#shared/contract/bundles.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { signedPrefix, writeBundle, type BundleHeader } from '#shared/sync/bundle.ts';
import { readIdentity } from '#main/store/identity.ts';
import { readMeta } from '#main/store/meta.ts';
import type { Identity, Store } from '#main/store/types.ts';
import { lastSeen } from '../cursors.ts';
import { readCredential } from '../enrol.ts';
import { addUnits, cutBatch, maxBatchBytes, readOutbox, type OutboxBatch } from '../outbox.ts';
import { createShapes } from '../shapes.ts';
import { keyPairOf, signText } from '../transport/key-pair.ts';
import type { KeyCredential } from '../transport/types.ts';
import { describePiece, writeFileSafely } from './files.ts';
import { beginBundle, endBundle } from './history.ts';
import { createBundleLock, type BundleLock } from './lock.ts';

export type ExportDeps = {
  readonly store: Store;
  readonly batchSize: number;
  readonly yieldNow: () => Promise<void>;
  /** The version of the app, told in the header. */
  readonly app: string;
  readonly mostBatches?: number;
};

/** Characters in a piece before compression, about: the cloud works on one piece at a time, far within what an Edge Function may use. */
const pieceSize = 2_000_000;
/** And batches, so that each piece has its answer within seconds. */
const pieceBatches = 4;

/** Batches in a bundle at most: the cloud remembers its answers to the last 1000 of a PC, and a bundle may be brought twice. */
const batchesInBundle = 900;

/** To be called while no cycle runs. */
export async function exportBundle(deps: ExportDeps, path: string): Promise<Result<BundleExport, AppError>> {
  const { store } = deps;
  const identity = readIdentity(store.read);
  if (!identity) return fail(appError('not-enrolled'));
  const means = readMeans(store);
  if (!means) return fail(appError('bundle-connect-first'));
  await cutAll(deps);
  const id = store.newId();
  const lock = createBundleLock(means.cloudKey, id, identity.deviceId);
  const packed = await packOutbox(deps, lock);
  if (!packed) return fail(appError('bundle-empty'));
  const header = headerOf(deps, {
    id,
    identity,
    lock,
    packed,
    publicKey: keyPairOf(means.credential.privateKey).publicKey,
  });
  const headerText = JSON.stringify(header);
  const signature = signText(means.credential.privateKey, signedPrefix + headerText);
  const file = writeBundle(headerText, signature, packed.pieces);
  const { batches, operations, lastBatch } = header;
  // the answer can be opened even when this PC loses its power between here and the end
  const run = beginBundle(store, {
    kind: 'export',
    bundle: id,
    file: basename(path),
    deviceId: identity.deviceId,
    deviceName: identity.deviceName,
    lastBatch,
    batches,
    operations,
    answerKey: lock.answerKey,
  });
  const written = await writeFileSafely(path, file);
  const error = written.ok ? null : (written.error.detail ?? written.error.message);
  endBundle(store, run, { outcome: written.ok ? 'done' : 'failed', operations, refused: 0, error });
  if (!written.ok) return written;
  const waiting = store.read.get<{ n: number }>('SELECT count(*) AS n FROM _change_log WHERE state < 4')?.n ?? 0;
  return ok({ path, batches, operations, bytes: file.length, left: Math.max(0, waiting - operations) });
}

type Means = { readonly cloudKey: string; readonly credential: KeyCredential };

/** What an export needs from the cloud; null before the cloud was reached. */
function readMeans(store: Store): Means | null {
  const cloudKey = readMeta<string>(store.read, 'bundle_key');
  const credential = readCredential(store);
  // as another device it has to ask first what the cloud has of what waits
  const unsettled = readMeta(store.read, 'previous_device') !== undefined;
  return cloudKey === undefined || !credential || !('privateKey' in credential) || unsettled
    ? null
    : { cloudKey, credential };
}

/** Cuts everything that waits into batches, written down as the next ones to be sent. */
async function cutAll({ store, batchSize, yieldNow, mostBatches = batchesInBundle }: ExportDeps): Promise<void> {
  const shapes = createShapes(store);
  for (;;) {
    if ((store.read.get<{ n: number }>('SELECT count(*) AS n FROM _outbox')?.n ?? 0) >= mostBatches) return;
    const cut = { operations: batchSize, bytes: maxBatchBytes, now: store.now(), shapes, onTheWay: [], bundle: true };
    if (!store.apply(null, (db) => cutBatch(db, cut))) return;
    await yieldNow();
  }
}

type Packed = {
  readonly pieces: Uint8Array[];
  readonly firstBatch: number;
  readonly lastBatch: number;
  readonly batches: number;
  readonly operations: number;
};

async function packOutbox(
  { store, yieldNow, mostBatches = batchesInBundle }: ExportDeps,
  lock: BundleLock,
): Promise<Packed | null> {
  const seen = lastSeen(store.read);
  const pieces: Uint8Array[] = [];
  let open: object[] = [];
  let size = 0;
  let batches = 0;
  let operations = 0;
  let firstBatch: number | null = null;
  const closePiece = async (): Promise<void> => {
    const packed = await promisify(gzip)(JSON.stringify({ seen, batches: open }));
    pieces.push(lock.close(pieces.length, packed));
    open = [];
    size = 0;
  };
  let last: OutboxBatch | undefined;
  for (;;) {
    const [next] = readOutbox(store.read, last?.batch ?? 0, 1);
    if (!next || batches === mostBatches) break;
    const both = store.apply(null, (db) => addUnits(db, next));
    const { batch, hash, payload, units } = both;
    open.push({ batch, hash, payload, operations: both.operations, ...(units ? { units } : {}) });
    size += payload.length + (units?.payload.length ?? 0);
    batches += 1;
    operations += both.operations;
    firstBatch ??= batch;
    last = both;
    if (size >= pieceSize || open.length === pieceBatches) await closePiece();
    await yieldNow();
  }
  if (open.length > 0) await closePiece();
  return last && firstBatch !== null ? { pieces, firstBatch, lastBatch: last.batch, batches, operations } : null;
}

type HeaderParts = {
  readonly id: string;
  readonly identity: Identity;
  readonly lock: BundleLock;
  readonly packed: Packed;
  readonly publicKey: string;
};

function headerOf({ store, app }: ExportDeps, { id, identity, lock, packed, publicKey }: HeaderParts): BundleHeader {
  const { deviceId, deviceName, storeId, storeName } = identity;
  const { firstBatch, lastBatch, batches, operations, pieces } = packed;
  return {
    id,
    deviceId,
    deviceName,
    storeId,
    storeName,
    key: publicKey,
    cloudKey: lock.cloudKey,
    ephemeral: lock.ephemeral,
    epoch: readMeta<number>(store.read, 'cloud_epoch') ?? 0,
    firstBatch,
    lastBatch,
    batches,
    operations,
    createdAt: store.now(),
    app,
    pieces: pieces.map(describePiece),
  };
}
