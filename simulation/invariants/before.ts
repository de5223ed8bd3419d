import type { Values } from '#shared/sync/rebase.ts';
import type { FeedTxn } from '../cloud/feed-mirror.ts';
import type { Served } from '../core/served.ts';
import type { World } from '../core/world.ts';

/** How rows stood before: the row itself, and for a deleted one what it last was. */
export type Before = { readonly row: (key: string) => Values | null; readonly grave: (key: string) => Values | null };

/** Rows as they stood before the cloud's transaction: under their first change in it. */
export function beforeTxn({ mirror }: World, own: readonly FeedTxn[]): Before {
  const first = new Map<string, number>();
  for (const { changes } of own)
    for (const { table, rowId, version } of changes) {
      const key = `${table}/${rowId}`;
      first.set(key, Math.min(version, first.get(key) ?? version));
    }
  const last = (key: string): number => (first.get(key) ?? (mirror.rows.get(key)?.version ?? 0) + 1) - 1;
  const row = (key: string): Values | null => mirror.history.get(`${key}/${last(key)}`) ?? null;
  return {
    row,
    grave: (key) => (row(key) ? null : (mirror.history.get(`${key}/${last(key) - 1}`) ?? null)),
  };
}

/** What the cloud's answer wrote into the feed: a transaction, and the parts it may have. */
export function ownTxns({ txn }: Served, fresh: readonly FeedTxn[]): FeedTxn[] {
  const partOf = (id: string): number => Math.floor(Number(id) / 1024);
  return txn === null ? [] : fresh.filter((each) => partOf(each.txn) === partOf(txn));
}
