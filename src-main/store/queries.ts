/** Questions about the queue and the history that several parts ask. Numbers are counted, never kept as running totals. */
import type { ReadableDb } from './types.ts';

export type QueueCounts = {
  readonly waiting: number;
  readonly oldestAt: number | null;
  readonly stuck: number;
  /** Changes that the cloud cannot take before it is updated; not among the waiting ones. */
  readonly owed: number;
};

/** Changes the cloud has not confirmed, the age of the oldest, and local transactions that need a person. */
export function countQueue(db: ReadableDb): QueueCounts {
  const owed = db.get<{ n: number }>('SELECT count(*) AS n FROM _change_log WHERE state = 1')?.n ?? 0;
  const open = db.get<{ waiting: number; first: number | null }>(
    `SELECT count(*) AS waiting, min(txn) AS first FROM _change_log WHERE state < 4${owed > 0 ? ' AND state <> 1' : ''}`,
  );
  const oldest =
    open?.first == null
      ? undefined
      : db.get<{ at: number }>(
          'SELECT at FROM _change_log WHERE seq >= ? AND state < 4 AND state <> 1 LIMIT 1',
          open.first,
        );
  const stuck = db.get<{ n: number }>('SELECT count(DISTINCT txn) AS n FROM _change_log WHERE state IN (2, 3)');
  return { waiting: open?.waiting ?? 0, oldestAt: oldest?.at ?? null, stuck: stuck?.n ?? 0, owed };
}

export function countOpenConflicts(db: ReadableDb): number {
  return db.get<{ n: number }>(`SELECT count(*) AS n FROM conflicts WHERE status = 'open'`)?.n ?? 0;
}

/** When the last cycle ended in which everything went well; null before the first. */
export function lastSuccessAt(db: ReadableDb): number | null {
  const row = db.get<{ at: number }>(
    `SELECT CAST(started_at + ms AS INTEGER) AS at FROM _sync_runs WHERE outcome = 'ok' ORDER BY id DESC LIMIT 1`,
  );
  return row?.at ?? null;
}

export type RunTotals = { readonly failed: number; readonly bytesUp: number; readonly bytesRaw: number };

/** Failed cycles ever, and the bytes of the last cycle that sent something: counted from the history, so true after a crash. */
export function runTotals(db: ReadableDb): RunTotals {
  const failed = db.get<{ n: number }>(`SELECT count(*) AS n FROM _sync_runs WHERE outcome = 'failed'`)?.n ?? 0;
  const last = db.get<{ up: number; raw: number }>(
    'SELECT bytes_up AS up, bytes_raw AS raw FROM _sync_runs WHERE bytes_raw > 0 ORDER BY id DESC LIMIT 1',
  );
  return { failed, bytesUp: last?.up ?? 0, bytesRaw: last?.raw ?? 0 };
}
