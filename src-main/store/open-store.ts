import { randomFillSync } from 'node:crypto';
import { statSync } from 'node:fs';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { v7 as uuidv7 } from 'uuid';
import Driver from 'better-sqlite3';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { register, type Register } from '#shared/register.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { createCheckpoints } from './checkpoints.ts';
import { captureProblems, installCapture } from './capture.ts';
import { readMeta, writeMeta } from './meta.ts';
import { migrate, readMigrations } from './migrate.ts';
import { openDatabase, openingError, storeErrorOf, type OpenOptions, type RawDatabase } from './open-database.ts';
import { schemaOf, type Schema } from './schema.ts';
import { createDb } from './sql-db.ts';
import type { Store, StoreChange, WritableDb } from './types.ts';

export type StoreOptions = Omit<OpenOptions, 'readonly'> & {
  /** The folder migrations/local. */
  readonly migrations: string;
  /** The synced tables; the app's own unless given. */
  readonly register?: Register;
  readonly now?: () => number;
  readonly random?: (bytes: Uint8Array) => Uint8Array;
};

/**
 * Opens the store of a PC: one writer per file (a second program gets `database-locked`), migrated, capture in place. The
 * failures of openDatabase, and `database-newer`; the file is left as it was.
 */
export function openStore(options: StoreOptions): Result<Store, AppError> {
  const lock = takeLock(options);
  if (!lock.ok) return lock;
  const opened = openDatabase(options);
  if (!opened.ok) {
    lock.value.close();
    return opened;
  }
  const built = buildStore(opened.value, lock.value, options);
  if (!built.ok) {
    opened.value.close();
    lock.value.close();
  }
  return built;
}

/** Damage that only reading shows, and a disk too full for a migration, are failures like those of opening. */
function buildStore(raw: RawDatabase, lock: RawDatabase, options: StoreOptions): Result<Store, AppError> {
  const now = options.now ?? Date.now;
  try {
    const migrated = migrate(raw, readMigrations(options.migrations), now());
    if (!migrated.ok) return migrated;
    const schema = schemaOf(options.register ?? register);
    if (captureProblems(raw, schema).length > 0) installCapture(raw, schema);
    return ok(createStore(raw, schema, lock, options, now));
  } catch (error) {
    const known = storeErrorOf(error);
    if (!known) throw error;
    return fail(known);
  }
}

/*
 * SQLite would let two programs write one file in turns, but two daemons on one change log are one too many. An exclusive
 * lock on a file beside it is released by the operating system whatever happens to this process.
 */
function takeLock({ file, nativeBinding }: StoreOptions): Result<RawDatabase, AppError> {
  try {
    const lock = new Driver(`${file}.lock`, { timeout: 200, ...(nativeBinding ? { nativeBinding } : {}) });
    try {
      lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch {
      lock.close();
      return fail(appError('database-locked', file));
    }
    return ok(lock);
  } catch (error) {
    return fail(openingError(error, { file }));
  }
}

function createStore(
  raw: RawDatabase,
  schema: Schema,
  lock: RawDatabase,
  options: StoreOptions,
  now: () => number,
): Store {
  const db = createDb(raw, schema);
  const listeners = new Set<(change: StoreChange) => void>();
  const times = createHistogram();
  const random = options.random ?? pooledRandom();
  const checkpoints = createCheckpoints(raw, { after: unrefTimer, now: () => performance.now() });
  // what was committed is committed: a listener that fails must not make it look otherwise
  const announce = (change: StoreChange) =>
    listeners.forEach((listener) => {
      try {
        listener(change);
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    });

  const atomically = <T>(work: () => T): T => {
    if (raw.inTransaction) throw new Error('A transaction cannot run inside another one');
    raw.exec('BEGIN IMMEDIATE');
    try {
      const value = work();
      raw.exec('COMMIT');
      checkpoints.committed();
      return value;
    } catch (error) {
      // after a full disk SQLite has rolled back by itself
      if (raw.inTransaction) raw.exec('ROLLBACK');
      throw error;
    }
  };

  /* In a write-ahead log commits keep their order, so what is lost with the power is always the newest and the file stays whole. */
  const withoutFlush = <T>(work: () => T): T => {
    raw.exec('PRAGMA synchronous = NORMAL');
    try {
      return work();
    } finally {
      raw.exec('PRAGMA synchronous = FULL');
    }
  };

  const transactions = <T>(actor: string, works: readonly ((writable: WritableDb) => T)[]): T[] => {
    const started = process.hrtime.bigint();
    let tables: string[] = [];
    const values = atomically(() => {
      const first = nextSeq(db);
      const results = works.map((work) => {
        beginCapture(db, actor, now());
        return work(db);
      });
      db.run('UPDATE _capture SET txn = NULL, actor = NULL, at = NULL WHERE id = 1');
      tables = changedTables(db, first);
      return results;
    });
    times.record(Math.max(1, Number(process.hrtime.bigint() - started)));
    if (tables.length > 0) announce({ tables: [...tables.filter(schema.knows), '_queue'], origin: 'local' });
    return values;
  };

  // when this store was first opened: what "never synced" is counted from
  if (readMeta(db, 'installed_at') === undefined) atomically(() => writeMeta(db, 'installed_at', now()));

  return {
    read: db,
    transaction: (actor, work) => transactions(actor, [work])[0] as ReturnType<typeof work>,
    transactions,
    apply: (change, work, durability = 'durable') => {
      const silently = () => {
        db.run('UPDATE _capture SET enabled = 0 WHERE id = 1');
        const result = work(db);
        db.run('UPDATE _capture SET enabled = 1 WHERE id = 1');
        return result;
      };
      const value = durability === 'lazy' ? withoutFlush(() => atomically(silently)) : atomically(silently);
      if (change) announce(change);
      return value;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    newId: () => uuidv7({ msecs: now(), random: random(new Uint8Array(16)) }),
    now,
    get writeTimes() {
      return summary(times);
    },
    fileBytes: () => size(options.file) + size(`${options.file}-wal`),
    close: () => {
      checkpoints.stop();
      try {
        raw.pragma('optimize');
        raw.pragma('wal_checkpoint(TRUNCATE)');
      } catch (error) {
        // tidying up is a favour: on a full or damaged disk the log stays beside the file, and the next start reads it
        if (!storeErrorOf(error)) throw error;
      } finally {
        raw.close();
        lock.close();
      }
    },
  };
}

/** Random bytes in small portions from one large draw: the system call would cost more than the id. */
function pooledRandom(): (bytes: Uint8Array) => Uint8Array {
  const pool = new Uint8Array(4096);
  let used = pool.length;
  return (bytes) => {
    if (used + bytes.length > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    bytes.set(pool.subarray(used, used + bytes.length));
    used += bytes.length;
    return bytes;
  };
}

function unrefTimer(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

function nextSeq(db: WritableDb): number {
  return (db.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM _change_log')?.seq ?? 0) + 1;
}

function beginCapture(db: WritableDb, actor: string, at: number): void {
  db.run(
    'UPDATE _capture SET txn = ?, actor = ?, at = ?, hlc = max(hlc + 1, ?) WHERE id = 1',
    nextSeq(db),
    actor,
    at,
    at * 1000,
  );
}

function changedTables(db: WritableDb, first: number): string[] {
  return db
    .all<{ name: string }>('SELECT DISTINCT table_name AS name FROM _change_log WHERE seq >= ?', first)
    .map((row) => row.name);
}

function size(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Milliseconds of a histogram that was recorded in nanoseconds. */
export function summary(times: RecordableHistogram): { count: number; p50Ms: number; p99Ms: number; maxMs: number } {
  if (times.count === 0) return { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };
  return {
    count: times.count,
    p50Ms: times.percentile(50) / 1e6,
    p99Ms: times.percentile(99) / 1e6,
    maxMs: times.max / 1e6,
  };
}
