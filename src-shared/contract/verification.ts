import { z } from 'zod';
import { instant } from './schemas.ts';

/** Rows that only the cloud had, that only this PC had, with other values, and with a wrong version: all put right. */
const repaired = z.strictObject({ missing: z.int(), extra: z.int(), different: z.int(), version: z.int() });

/** What came of a comparison with the cloud. */
export const verification = z.strictObject({
  depth: z.enum(['versions', 'content']),
  /** Nothing differed. */
  equal: z.boolean(),
  /** Why no comparison was possible now; null when one was made. */
  reason: z.string().nullable(),
  tables: z.array(
    z.strictObject({
      table: z.string(),
      rows: z.int(),
      cloudRows: z.int(),
      /** Groups of rows, of 256, that differed. */
      differingBuckets: z.int(),
      /** Rows that were put right. */
      repaired: z.int(),
    }),
  ),
  repaired,
});

/** One comparison of the past. */
export const pastVerification = z.strictObject({
  id: z.int(),
  at: instant,
  /** Who wanted it: a person, the plan of every day, or an update that brought new columns. */
  cause: z.enum(['operator', 'schedule', 'update']),
  depth: z.enum(['versions', 'content']),
  /** Everything on this PC was compared; the plan compares values part by part, an update only the tables that have grown. */
  whole: z.boolean(),
  outcome: z.enum(['equal', 'repaired', 'not-now']),
  rows: z.int(),
  repaired,
  /** Why nothing was compared; null when it was. */
  reason: z.string().nullable(),
});
export type PastVerification = z.infer<typeof pastVerification>;

export const verificationHistory = z.strictObject({
  /** The newest that says how this PC stands: it compared everything, or found something. Null when there was none yet. */
  latest: pastVerification.nullable(),
  /** Newest first. */
  items: z.array(pastVerification),
});
export type VerificationHistory = z.infer<typeof verificationHistory>;
