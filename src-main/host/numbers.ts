import { readMeta } from '#main/store/meta.ts';
import { countQueue, lastSuccessAt, runTotals } from '#main/store/queries.ts';
import type { Store } from '#main/store/types.ts';
import type { StoreNumbers } from '#main/telemetry/metrics.ts';

/** What the metrics say of the store, counted now. */
export function readNumbers(store: Store): StoreNumbers {
  const totals = runTotals(store.read);
  return {
    pendingChanges: countQueue(store.read).waiting,
    lastSuccessAt: lastSuccessAt(store.read),
    since: readMeta<number>(store.read, 'installed_at') ?? store.now(),
    syncErrors: totals.failed,
    compressionRatio: totals.bytesRaw === 0 ? null : totals.bytesUp / totals.bytesRaw,
    dbBytes: store.fileBytes(),
  };
}
