import type { FeedTxn } from '../cloud/feed-mirror.ts';
import type { OutsideInvariant } from './types.ts';

/** The feed is dense and in commit order, and a PC has everything up to its cursor. */
export const feedComplete: OutsideInvariant = {
  name: 'feed complete',
  numbers: [7],
  promise: 'positions appear in their order without holes, and a PC has every row up to its cursor',
  when: 'step',
  *check({ world, effect, feedProblems }) {
    yield* feedProblems;
    for (const pc of effect.touched) {
      if (world.unaware.has(pc)) continue;
      const { index, view, before, caller } = pc;
      for (const [scope, position] of view.cursors) {
        const feed = world.mirror.feed(scope);
        if (position > feed.length)
          yield `PC ${index + 1}: cursor ${position} of ${scope} lies beyond the feed (${feed.length})`;
        for (const txn of feed.slice(before.cursors.get(scope) ?? 0, position))
          for (const { table, rowId, version, knownBy } of txn.changes) {
            if (knownBy === caller.deviceId) continue;
            // whoever began with a snapshot never heard of what was deleted by then, also when it has come back since
            if (!before.cursors.has(scope) && isDeleted(feed, txn.position, rowId)) continue;
            const seen = view.versions.get(`${table}/${rowId}`)?.version ?? 0;
            if (seen < version)
              yield `PC ${index + 1} is past position ${txn.position} of ${scope} without version ${version} of ${table} ${rowId} (has ${seen})`;
          }
      }
    }
  },
};

/** Whether a transaction from this position on deleted the row. */
function isDeleted(feed: readonly FeedTxn[], position: number, rowId: string): boolean {
  return feed
    .slice(position - 1)
    .some(({ changes }) => changes.some((each) => each.rowId === rowId && each.op === 'D'));
}
