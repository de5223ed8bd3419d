/** The history of bundles on this PC: one row each in `_bundles`. */
import type { BundleRun } from '#shared/contract/bundles.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { ReadableDb, Store, WritableDb } from '#main/store/types.ts';
import { lastConfirmed } from '../identities.ts';

export type NewBundleRun = {
  readonly kind: BundleRun['kind'];
  readonly bundle: string;
  readonly file: string;
  readonly deviceId: string;
  readonly deviceName: string;
  readonly lastBatch: number;
  readonly batches: number;
  readonly operations: number;
  /** Opens the answer to an export. */
  readonly answerKey: string | null;
};

export type BundleEnd = {
  readonly outcome: Exclude<BundleRun['outcome'], 'running'>;
  readonly operations: number;
  readonly refused: number;
  readonly error: string | null;
};

/** How many are kept, the newest. */
const keptRuns = 500;

const announced = { tables: ['_sync'], origin: 'cloud' } as const;

/** Writes down that it begins; answers the row's id. */
export function beginBundle(store: Store, run: NewBundleRun): number {
  return store.apply(announced, (db) => {
    db.run(
      `INSERT INTO _bundles (at, kind, bundle, file, device_id, device_name, last_batch, batches, operations, outcome, answer_key)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?)`,
      store.now(),
      run.kind,
      run.bundle,
      run.file,
      run.deviceId,
      run.deviceName,
      run.lastBatch,
      run.batches,
      run.operations,
      run.answerKey,
    );
    const id = db.get<{ id: number }>('SELECT max(id) AS id FROM _bundles')?.id ?? 0;
    db.run('DELETE FROM _bundles WHERE id <= ?', id - keptRuns);
    return id;
  });
}

export function endBundle(store: Store, id: number, end: BundleEnd): void {
  store.apply(announced, (db) => writeEnd(db, id, end));
}

function writeEnd(db: WritableDb, id: number, { outcome, operations, refused, error }: BundleEnd): void {
  db.run(
    'UPDATE _bundles SET outcome = ?, operations = ?, refused = ?, error = ? WHERE id = ?',
    outcome,
    operations,
    refused,
    error,
    id,
  );
}

type Row = Omit<BundleRun, 'confirmed' | 'deviceName'> & { device_id: string; device_name: string; last_batch: number };

/** The newest first. */
export function listBundles(db: ReadableDb, limit: number): BundleRun[] {
  const identity = readIdentity(db);
  const confirmed = lastConfirmed(db);
  return db
    .all<Row>(
      `SELECT id, at, kind, file, device_id, device_name, last_batch, batches, operations, refused, outcome, error
         FROM _bundles ORDER BY id DESC LIMIT ?`,
      limit,
    )
    .map(({ device_id, device_name, last_batch, ...run }) => ({
      ...run,
      deviceName: device_name,
      // what was sent as another device is settled before anything else
      confirmed: run.kind === 'export' ? device_id !== identity?.deviceId || last_batch <= confirmed : null,
    }));
}

/** The key that opens the answer to a bundle of this PC; null when it is not known here. */
export function answerKeyOf(db: ReadableDb, bundle: string): string | null {
  return (
    db.get<{ key: string }>(
      'SELECT answer_key AS key FROM _bundles WHERE bundle = ? AND answer_key IS NOT NULL ORDER BY id DESC LIMIT 1',
      bundle,
    )?.key ?? null
  );
}

/** Whether all of a bundle, or of the answer to it, was taken here before. */
export function wasTaken(db: ReadableDb, kind: 'import' | 'answer', bundle: string): boolean {
  return (
    db.get(`SELECT 1 FROM _bundles WHERE kind = ? AND bundle = ? AND outcome = 'done' LIMIT 1`, kind, bundle) !==
    undefined
  );
}
