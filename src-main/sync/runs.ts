/** The history of cycles: one row each in `_sync_runs`. */
import type { Store } from '#main/store/types.ts';

export type RunCounts = {
  pushed: number;
  pulled: number;
  merged: number;
  conflicts: number;
  refused: number;
  bytesUp: number;
  bytesRaw: number;
  bytesDown: number;
};

export function emptyCounts(): RunCounts {
  return { pushed: 0, pulled: 0, merged: 0, conflicts: 0, refused: 0, bytesUp: 0, bytesRaw: 0, bytesDown: 0 };
}

/** How many runs are kept; the newest, about a week of idle cycles. */
const keptRuns = 40_000;

export function beginRun(store: Store): number {
  return store.apply(null, (db) => {
    // there is one run at a time: one that seems to run could not be written down when it ended
    db.run(
      `UPDATE _sync_runs SET outcome = 'interrupted' WHERE outcome = 'running' AND id > (SELECT max(id) FROM _sync_runs) - 20`,
    );
    db.run(`INSERT INTO _sync_runs (started_at, outcome) VALUES (?, 'running')`, store.now());
    return db.get<{ id: number }>('SELECT max(id) AS id FROM _sync_runs')?.id ?? 0;
  });
}

export function endRun(
  store: Store,
  id: number,
  ms: number,
  outcome: 'ok' | 'failed',
  counts: RunCounts,
  error: string | null,
): void {
  store.apply({ tables: ['_runs'], origin: 'cloud' }, (db) => {
    db.run(
      `UPDATE _sync_runs SET ms = ?, outcome = ?, pushed = ?, pulled = ?, merged = ?, conflicts = ?, refused = ?, bytes_up = ?, bytes_raw = ?,
         bytes_down = ?, error = ? WHERE id = ?`,
      ms,
      outcome,
      counts.pushed,
      counts.pulled,
      counts.merged,
      counts.conflicts,
      counts.refused,
      counts.bytesUp,
      counts.bytesRaw,
      counts.bytesDown,
      error,
      id,
    );
    db.run('DELETE FROM _sync_runs WHERE id <= ?', id - keptRuns);
  });
}

/** A run that a crash left unfinished is called what it was. */
export function closeInterruptedRuns(store: Store): void {
  store.apply(null, (db) => db.run(`UPDATE _sync_runs SET outcome = 'interrupted' WHERE outcome = 'running'`));
}
