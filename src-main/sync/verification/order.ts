import type { TableName } from '#shared/register.ts';

/** What to compare. */
export type Order = {
  readonly depth: 'versions' | 'content';
  /** Null for all. */
  readonly buckets: readonly string[] | null;
  readonly tables: readonly TableName[];
};

/** Why: somebody asked, it was due, or a new version of app or cloud brought columns. */
export type Cause = 'operator' | 'schedule' | 'update';
