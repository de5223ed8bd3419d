/** A disk that became another device learns what the cloud has of what its former identities sent, before it sends anything itself. */
import { forgotten, refusalReason } from '#shared/contract/refusals.ts';
import { ok, type Result } from '#shared/result.ts';
import type { KnownKeys } from '#shared/sync/protocol.ts';
import { readIdentity } from '#main/store/identity.ts';
import { deleteMeta, readMeta, writeMeta } from '#main/store/meta.ts';
import type { ReadableDb, Store, StoreChange } from '#main/store/types.ts';
import { refuse } from './dead-letters.ts';
import { batchStart, type FormerDevice } from './identities.ts';
import { markKnown } from './known.ts';
import { keysOf } from './operations.ts';
import { reopen } from './rewind.ts';
import type { Transport, TransportFailure } from './transport/types.ts';

/** Local transactions asked about at once. */
const portion = 2000;

export type SettleDeps = {
  readonly store: Store;
  readonly transport: Transport;
  readonly yieldNow: () => Promise<void>;
};

/** Does it where it is still to be done. Killed in between it begins anew: what was settled already is asked about no more. */
export async function settleFormer({
  store,
  transport,
  yieldNow,
}: SettleDeps): Promise<Result<null, TransportFailure>> {
  const former = readFormer(store.read);
  if (!former) return ok(null);
  const lastBatches = await transport.lastBatches(former.identities.map(({ deviceId }) => deviceId));
  if (!lastBatches.ok) return lastBatches;
  store.apply({ tables: ['_queue'], origin: 'cloud' }, (db) => {
    // a cloud that was set back may have lost what they had sent, or even them
    for (const { deviceId, start, end } of former.identities)
      reopen(db, start + (lastBatches.value[deviceId] ?? 0), end);
  });
  const before = former.identities.filter(
    ({ deviceId }) => deviceId !== former.deviceId && deviceId in lastBatches.value,
  );
  const asked = [
    { deviceId: former.deviceId, batch: Math.min(former.lastBatch, lastBatches.value[former.deviceId] ?? 0) },
    // other copies of the disk may still be what this one was before
    ...before.map(({ deviceId }) => ({ deviceId, batch: 0 })),
  ];
  for (let after = 0; ;) {
    const txns = unconfirmed(store.read, after);
    if (txns.length === 0) break;
    const keys = keysOf(store.read, txns);
    const known = new Set<string>();
    let answer: KnownKeys | undefined;
    for (const { deviceId, batch } of asked) {
      const one = await transport.known(deviceId, batch, keys);
      if (!one.ok) return one;
      one.value.known.forEach((key) => known.add(key));
      answer ??= one.value;
    }
    if (answer) recordKnown(store, txns, keys, known, answer);
    after = txns.at(-1) as number;
    await yieldNow();
  }
  store.apply({ tables: ['_queue'], origin: 'cloud' }, (db) => {
    db.run('DELETE FROM _outbox');
    writeMeta(db, 'last_batch', 0);
    deleteMeta(db, 'previous_device');
  });
  return ok(null);
}

type Former = FormerDevice & {
  /** All identities before the present one that belonged to the same store, with the batches (counted on this disk) that were theirs. */
  readonly identities: readonly { readonly deviceId: string; readonly start: number; readonly end: number }[];
};

function readFormer(db: ReadableDb): Former | null {
  const previous = readMeta<FormerDevice | string>(db, 'previous_device');
  const identity = readIdentity(db);
  if (previous === undefined || !identity) return null;
  const rows = db.all<{ deviceId: string; storeId: string; start: number; end: number | null }>(
    `SELECT device_id AS deviceId, store_id AS storeId, start, lead(start) OVER (ORDER BY id) AS "end" FROM _identities ORDER BY id`,
  );
  const identities = rows.flatMap(({ deviceId, storeId, start, end }) =>
    end !== null && storeId === identity.storeId ? [{ deviceId, start, end }] : [],
  );
  // the version before knew only the device: whatever had an answer there was taken out of the outbox
  if (typeof previous === 'string') {
    const first = db.get<{ batch: number | null }>('SELECT min(batch) AS batch FROM _outbox')?.batch;
    return { deviceId: previous, lastBatch: first ? first - 1 : Number.MAX_SAFE_INTEGER, identities };
  }
  return { ...previous, identities };
}

/** The next local transactions without a confirmation, also those that were refused, wait, or were discarded. */
function unconfirmed(db: ReadableDb, after: number): number[] {
  return db
    .all<{ txn: number }>(
      `SELECT txn FROM (SELECT txn FROM _change_log WHERE state < 4 AND txn > ? UNION SELECT txn FROM _change_log WHERE state = 5 AND txn > ?)
       ORDER BY txn LIMIT ?`,
      after,
      after,
      portion,
    )
    .map(({ txn }) => txn);
}

function recordKnown(
  store: Store,
  txns: readonly number[],
  keys: readonly string[],
  known: ReadonlySet<string>,
  answer: KnownKeys,
): void {
  const change = { tables: ['_queue'] as StoreChange['tables'][number][], origin: 'cloud' as const };
  store.apply(change, (db) => {
    const confirmed = txns.filter((_, i) => known.has(keys[i] as string));
    // the number that stays free between two identities
    change.tables.push(...markKnown(db, confirmed, batchStart(db)));
    if (answer.complete) return;
    for (const txn of txns) {
      const row = db.get<{ hlc: number }>('SELECT hlc FROM _change_log WHERE seq = ? AND state < 3', txn);
      if (row && row.hlc < answer.since && !confirmed.includes(txn))
        refuse(db, txn, forgotten, refusalReason(forgotten, ''), store.now());
    }
  });
}
