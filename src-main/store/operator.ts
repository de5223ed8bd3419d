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

/** Whom a change made on this PC is said to come from: the person signed in, else simply the operator (or what else did it). */
export function actorOf(db: ReadableDb, otherwise = 'operator'): string {
  return readOperator(db)?.name ?? otherwise;
}
