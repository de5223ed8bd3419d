import { readMeta, writeMeta } from './meta.ts';
import type { Identity, ReadableDb, WritableDb } from './types.ts';

/** Who this PC is; null before enrolment. */
export function readIdentity(db: ReadableDb): Identity | null {
  return readMeta<Identity>(db, 'identity') ?? null;
}

export function writeIdentity(db: WritableDb, identity: Identity): void {
  writeMeta(db, 'identity', identity);
}
