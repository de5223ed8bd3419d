import type { Overview } from '#shared/contract/schemas.ts';
import { tableNames } from '#shared/register.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { dayMs, manilaDayStart, manilaOffsetMs } from './manila.ts';

const bucketMs = 5 * 60_000;
const shownRuns = 20;

/** Everything on the overview as of `now` (ms UTC): today in Manila, the tables, and the last rounds with the cloud. */
export function readOverview(db: ReadableDb, now: number): Overview {
  return { today: today(db, now), tables: tables(db), runs: runs(db), lastHour: lastHour(db, now) };
}

function today(db: ReadableDb, now: number): Overview['today'] {
  const storeId = readIdentity(db)?.storeId ?? '';
  const start = manilaDayStart(now);
  const rows = db.all<{ hour: number; sales: number; revenue: number }>(
    `SELECT CAST((started_at + ?) / 3600000 AS INTEGER) % 24 AS hour, count(*) AS sales, sum(total) AS revenue FROM transactions
     WHERE store_id = ? AND started_at >= ? AND started_at < ? AND voided_at IS NULL GROUP BY hour`,
    manilaOffsetMs,
    storeId,
    start,
    start + dayMs,
  );
  const hours = Array.from({ length: 24 }, (_, hour) => rows.find((row) => row.hour === hour)?.revenue ?? 0);
  const before = db.get<{ sales: number; revenue: number | null }>(
    `SELECT count(*) AS sales, sum(total) AS revenue FROM transactions
     WHERE store_id = ? AND started_at >= ? AND started_at <= ? AND voided_at IS NULL`,
    storeId,
    start - 7 * dayMs,
    now - 7 * dayMs,
  );
  return {
    revenue: hours.reduce((sum, revenue) => sum + revenue, 0),
    sales: rows.reduce((sum, row) => sum + row.sales, 0),
    lastWeek: before && before.sales > 0 ? before.revenue : null,
    hours,
  };
}

function tables(db: ReadableDb): Overview['tables'] {
  const count = (sql: string, ...params: string[]) => db.get<{ n: number }>(sql, ...params)?.n ?? 0;
  // one count for each table: grouping 100,000 operations by name takes twice as long
  return tableNames.map((table) => ({
    table,
    rows: count(`SELECT count(*) AS n FROM ${table}`),
    waiting: count('SELECT count(*) AS n FROM _change_log WHERE table_name = ? AND state < 4', table),
    stuck: count(
      'SELECT count(*) AS n FROM _change_log INDEXED BY _change_log_stuck WHERE state IN (2, 3) AND table_name = ?',
      table,
    ),
    conflicts: count(`SELECT count(*) AS n FROM conflicts WHERE status = 'open' AND table_name = ?`, table),
  }));
}

function runs(db: ReadableDb): Overview['runs'] {
  return db.all<Overview['runs'][number]>(
    `SELECT id, started_at AS startedAt, ms, outcome, pushed, pulled, merged, conflicts, refused, bytes_up AS bytesUp,
       bytes_down AS bytesDown, error FROM _sync_runs WHERE outcome <> 'running' ORDER BY id DESC LIMIT ?`,
    shownRuns,
  );
}

function lastHour(db: ReadableDb, now: number): Overview['lastHour'] {
  const first = (Math.floor(now / bucketMs) - 11) * bucketMs;
  const rows = db.all<{ bucket: number; sent: number; received: number; up: number; raw: number; down: number }>(
    `SELECT CAST((started_at - ?) / ? AS INTEGER) AS bucket, sum(pushed) AS sent, sum(pulled) AS received, sum(bytes_up) AS up, sum(bytes_raw) AS raw,
       sum(bytes_down) AS down FROM _sync_runs WHERE started_at >= ? AND started_at <= ? GROUP BY bucket`,
    first,
    bucketMs,
    first,
    now,
  );
  const sum = (pick: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const raw = sum((row) => row.raw);
  return {
    sent: sum((row) => row.sent),
    received: sum((row) => row.received),
    bytesUp: sum((row) => row.up),
    bytesDown: sum((row) => row.down),
    compression: raw > 0 ? sum((row) => row.up) / raw : null,
    buckets: Array.from({ length: 12 }, (_, index) => {
      const row = rows.find(({ bucket }) => bucket === index);
      return { at: first + index * bucketMs, sent: row?.sent ?? 0, received: row?.received ?? 0 };
    }),
  };
}
