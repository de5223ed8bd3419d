/**
 * When to verify by itself: ids and versions of all rows once a day, values of some buckets every hour, so that every row's values are compared
 * within a day. After an update that brought new columns, the values of those tables at once.
 */
import type { TableName } from '#shared/register.ts';
import { readMeta, writeMeta } from '#main/store/meta.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import { allBuckets } from './content.ts';
import type { Cause, Order } from './order.ts';

type Plan = {
  /** When ids and versions, and values, are due next: ms UTC. */
  readonly versionsAt: number;
  readonly contentAt: number;
  /** When values were compared last, and the bucket that comes next. */
  readonly contentDone: number;
  readonly bucket: number;
  /** Tables whose rows may hold more in the cloud than this PC was ever sent. */
  readonly grown: readonly string[];
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** What could not be compared is tried again after this long. */
const againMs = hourMs / 6;

export type Due = { readonly cause: Cause; readonly order: Order };

/** What is due now; null when nothing is. A PC that was off for hours takes more buckets at once. */
export function dueVerification(db: ReadableDb, now: number): Due | null {
  const plan = readMeta<Plan>(db, 'verification');
  if (!plan) return null;
  const { tables } = db.schema;
  const grown = tables.filter((table) => plan.grown.includes(table));
  if (grown.length > 0 && plan.contentAt <= now) {
    return { cause: 'update', order: { depth: 'content', buckets: null, tables: grown } };
  }
  if (plan.versionsAt <= now) return { cause: 'schedule', order: { depth: 'versions', buckets: null, tables } };
  if (plan.contentAt > now) return null;
  const hours = Math.min(24, Math.max(1, (now - plan.contentDone) / hourMs));
  const count = Math.ceil((hours / 24) * allBuckets.length);
  const buckets = Array.from({ length: count }, (_, i) => allBuckets[(plan.bucket + i) % allBuckets.length] as string);
  return { cause: 'schedule', order: { depth: 'content', buckets, tables } };
}

/** Whether a first plan is wanted, or a new one because the PC's clock was put back far. */
export function isUnplanned(db: ReadableDb, now: number): boolean {
  const plan = readMeta<Plan>(db, 'verification');
  return !plan || plan.versionsAt > now + 2 * dayMs || plan.contentAt > now + 2 * hourMs;
}

/** Makes a plan; at random times, so that a thousand PCs do not come together. */
export function planVerifications(db: WritableDb, now: number, random: () => number): void {
  const plan = readMeta<Plan>(db, 'verification');
  writeMeta(db, 'verification', {
    versionsAt: now + dayMs * random(),
    contentAt: plan?.grown.length ? now : now + hourMs * random(),
    contentDone: now,
    bucket: plan?.bucket ?? Math.floor(allBuckets.length * random()),
    grown: plan?.grown ?? [],
  } satisfies Plan);
}

/** Compares the values of these tables as soon as possible. */
export function verifySoon(db: WritableDb, tables: readonly TableName[], now: number): void {
  const plan = readMeta<Plan>(db, 'verification') ?? {
    versionsAt: now + dayMs,
    contentDone: now,
    bucket: 0,
    grown: [],
  };
  writeMeta(db, 'verification', {
    ...plan,
    contentAt: now,
    grown: [...new Set([...plan.grown, ...tables])],
  } satisfies Plan);
}

/** Writes down that what was due has been done, or could not be. */
export function noteVerified(
  db: WritableDb,
  { cause, order }: Due,
  done: boolean,
  now: number,
  random: () => number,
): void {
  const plan = readMeta<Plan>(db, 'verification');
  if (!plan) return;
  const next = (ms: number): number => now + (done ? ms * (0.8 + 0.2 * random()) : againMs);
  const values = order.depth === 'content';
  const turned = values && cause === 'schedule' && done;
  writeMeta(db, 'verification', {
    versionsAt: values ? plan.versionsAt : next(dayMs),
    contentAt: values ? next(hourMs) : plan.contentAt,
    contentDone: turned ? now : plan.contentDone,
    bucket: turned ? (plan.bucket + (order.buckets?.length ?? 0)) % allBuckets.length : plan.bucket,
    grown: cause === 'update' && done ? [] : plan.grown,
  } satisfies Plan);
}
