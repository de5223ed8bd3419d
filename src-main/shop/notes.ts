import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { readIdentity } from '#main/store/identity.ts';
import { actorOf } from '#main/store/operator.ts';
import type { Store } from '#main/store/types.ts';
import { derivedId } from './derived-id.ts';

/** A counter note as somebody gives it. */
export type NewNote = {
  readonly text: string;
  /** Milliseconds UTC; now when left out. */
  readonly at?: number | undefined;
  readonly brand?: string | undefined;
  /** `en`, `fil`, or `taglish`. */
  readonly language: string;
  /** The sale it is about. */
  readonly transactionId?: string | undefined;
  readonly metadata?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** The same key again writes nothing more. */
  readonly key?: string | undefined;
};

/**
 * Writes down what was said or seen at the counter. Its region is the store's. Fails with `not-enrolled`, and `not-found` when this store has no
 * such sale. `actor` is whoever is signed in unless told.
 */
export function addNote(
  store: Store,
  note: NewNote,
  actor: string = actorOf(store.read),
): Result<{ id: string; at: number }, AppError> {
  const identity = readIdentity(store.read);
  if (identity === null) return fail(appError('not-enrolled'));
  const { storeId, deviceId } = identity;
  const id = note.key === undefined ? store.newId() : derivedId('keyed-note', deviceId, note.key);
  const before = store.read.get<{ at: number; text: string }>('SELECT at, text FROM transcripts WHERE id = ?', id);
  if (before) return before.text === note.text ? ok({ id, at: before.at }) : fail(appError('bad-input', 'key'));
  const at = note.at ?? store.now();
  return store.transaction(actor, (db) => {
    const sale = note.transactionId ?? null;
    if (sale !== null && !db.get('SELECT 1 FROM transactions WHERE id = ? AND store_id = ?', sale, storeId)) {
      return fail(appError('not-found', sale));
    }
    const region = db.get<{ region: string }>('SELECT region FROM stores WHERE id = ?', storeId)?.region ?? null;
    db.run(
      `INSERT INTO transcripts (id, store_id, device_id, at, region, brand, language, text, transaction_id, metadata)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      storeId,
      deviceId,
      at,
      region,
      note.brand ?? null,
      note.language,
      note.text,
      sale,
      note.metadata === undefined ? null : JSON.stringify(note.metadata),
    );
    return ok({ id, at });
  });
}
