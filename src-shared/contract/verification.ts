import { z } from 'zod';

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
  /** Rows that only the cloud had, that only this PC had, with other values, and with a wrong version: all put right. */
  repaired: z.strictObject({ missing: z.int(), extra: z.int(), different: z.int(), version: z.int() }),
});
