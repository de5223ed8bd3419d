import { deleteMeta, readMeta, writeMeta } from './meta.ts';
import type { Operator, ReadableDb, WritableDb } from './types.ts';

/** The person who has signed in on this PC; null when nobody is. */
export function readOperator(db: ReadableDb): Operator | null {
  return readMeta<Operator>(db, 'operator') ?? null;
}

export function writeOperator(db: WritableDb, operator: Operator | null): void {
  if (operator) writeMeta(db, 'operator', operator);
  else deleteMeta(db, 'operator');
}

/** Whom a change made by hand on this PC is said to come from: the person signed in, else simply the operator. */
export function actorOf(db: ReadableDb): string {
  return readOperator(db)?.name ?? 'operator';
}
