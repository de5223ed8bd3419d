/**
 * Reading scopes from nothing: a new PC, an added scope, a feed that no longer reaches back, a cloud that was set back. The cloud tells where
 * its feed stands, then gives the rows table by table in the order of their ids; afterwards the feed goes on from there. How far this came is
 * written down with the rows, so it goes on after a kill at any point. Every page is asked for after what was sent is confirmed and what was
 * received is applied, so it is newer than all this PC knows.
 */
import { isTableName, tableOf } from '#shared/register.ts';
import { ok, type Result } from '#shared/result.ts';
import type { SnapshotBegin } from '#shared/sync/protocol.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import { applySnapshot } from './apply-snapshot.ts';
import { hasSendable } from './operations.ts';
import type { RunCounts } from './runs.ts';
import type { Shapes } from './shapes.ts';
import type { CycleDeps } from './step.ts';
import type { SnapshotRequest, Transport, TransportFailure } from './transport/types.ts';
import { cutoffOf, readCutoffs } from './windows.ts';

/** Pages in one go: then what others did meanwhile is received, so that a large region does not hold up the own store. */
const burstPages = 40;
const pageRows = 2500;
/** Scopes that are begun together. */
const begunTogether = 20;

/** One go. Answers whether anything was done: then there may be more to do, or the feed to read. */
export type Bootstrap = (counts: RunCounts) => Promise<Result<boolean, TransportFailure>>;

type Job = {
  readonly scope: string;
  readonly reason: string;
  readonly position: number | null;
  readonly stamp: number | null;
  /** The tables still to read. */
  readonly tables: readonly string[];
  readonly after: string | null;
};

type Flight = { readonly request: SnapshotRequest; readonly answer: ReturnType<Transport['snapshot']> };

export function createBootstrap(deps: CycleDeps, shapes: Shapes): Bootstrap {
  const { store, transport } = deps;

  const fetchPage = (request: SnapshotRequest): Flight => ({ request, answer: transport.snapshot(request) });

  const begin = async (): Promise<Result<boolean, TransportFailure>> => {
    const scopes = inOrder(store.read, 'tables IS NULL', deps.sparing()).slice(0, begunTogether);
    if (scopes.length === 0) return ok(false);
    const answer = await transport.snapshotBegin(scopes, readCutoffs(store.read));
    if (!answer.ok) return answer;
    store.apply({ tables: ['_sync'], origin: 'cloud' }, (db) => writeBegin(db, scopes, answer.value));
    return ok(true);
  };

  /** Reads on in one scope until it is done or something has to be sent first. */
  const read = async (first: Job, counts: RunCounts, room: () => boolean): Promise<Result<null, TransportFailure>> => {
    let flight: Flight | null = fetchPage(requestOf(store.read, first));
    while (flight) {
      const { request, answer }: Flight = flight;
      const result = await answer;
      if (!result.ok) return result;
      const { page, bytesDown } = result.value;
      counts.bytesDown += bytesDown;
      const job = readJob(store.read, request.scope);
      if (!job || !page) {
        // out of reach now, or without this table: the cloud says what there is
        if (job) store.apply({ tables: ['_sync'], origin: 'cloud' }, (db) => askAnew(db, job.scope));
        return ok(null);
      }
      shapes.meet(page.shape, page.columns);
      const following = follow(job, page.next);
      // the next page is on its way while this one is applied, unless something waits to be sent: that comes first
      flight = following && room() ? fetchPage(requestOf(store.read, following)) : null;
      const advance = (db: WritableDb, from: string | null, upTo: string | null, rows: number): boolean => {
        counts.pulled += rows;
        return moveOn(db, job, from, upTo, rows);
      };
      try {
        await applySnapshot(store, request, page, shapes.find, advance, deps.yieldNow);
      } catch (error) {
        await flight?.answer;
        throw error;
      }
      const { done, total } = bootstrapProgress(store.read) ?? { done: 0, total: 0 };
      deps.onPhase('pulling', done, total);
    }
    return ok(null);
  };

  return async (counts) => {
    const begun = await begin();
    if (!begun.ok) return begun;
    let pages = 0;
    const room = (): boolean =>
      !deps.stopping() && !hasSendable(store.read, deps.sparing()) && (pages += 1) < burstPages;
    let worked = begun.value;
    while (room()) {
      const [scope] = inOrder(store.read, 'tables IS NOT NULL', deps.sparing());
      const job = scope === undefined ? null : readJob(store.read, scope);
      if (!job) break;
      const result = await read(job, counts, room);
      if (!result.ok) return result;
      worked = true;
    }
    return ok(worked);
  };
}

/** How far all scopes that are being read have come, in rows; null when none is. */
export function bootstrapProgress(db: ReadableDb, scope?: string): { done: number; total: number } | null {
  const sum = db.get<{ n: number; done: number; total: number }>(
    `SELECT count(*) AS n, coalesce(sum(rows_done), 0) AS done, coalesce(sum(max(rows_total, rows_done)), 0) AS total
     FROM _bootstraps WHERE scope = coalesce(?, scope)`,
    scope ?? null,
  );
  return sum && sum.n > 0 ? { done: sum.done, total: sum.total } : null;
}

/** The catalogue first, then the own store. `sparing` leaves older rows and other stores for another network. */
function inOrder(db: ReadableDb, which: string, sparing: boolean): string[] {
  const own = `store:${readIdentity(db)?.storeId ?? ''}`;
  return db
    .all<{ scope: string }>(
      `SELECT scope FROM _bootstraps WHERE ${which} AND (? = 0 OR (scope IN ('chain', ?) AND reason <> 'window'))
       ORDER BY scope <> 'chain', scope <> ?, scope`,
      sparing ? 1 : 0,
      own,
      own,
    )
    .map(({ scope }) => scope);
}

function readJob(db: ReadableDb, scope: string): Job | null {
  const row = db.get<{ reason: string; position: number | null; stamp: number | null; tables: string; after: string }>(
    'SELECT reason, position, stamp, tables, after FROM _bootstraps WHERE scope = ? AND tables IS NOT NULL',
    scope,
  );
  return row ? { scope, ...row, tables: JSON.parse(row.tables) as string[] } : null;
}

function requestOf(db: ReadableDb, { scope, tables, after, position }: Job): SnapshotRequest {
  const table = tables[0] ?? '';
  return { scope, table, after, maxRows: pageRows, cutoff: cutoffOf(db, table), head: position };
}

/** What is read after a page that ended at `next`; null when that was the last one. */
function follow(job: Job, next: string | null): Job | null {
  if (next !== null) return { ...job, after: next };
  return job.tables.length > 1 ? { ...job, tables: job.tables.slice(1), after: null } : null;
}

function writeBegin(db: WritableDb, asked: readonly string[], { scopes }: SnapshotBegin): void {
  for (const scope of asked) {
    const begun = scopes.find((each) => each.scope === scope);
    const reason = db.get<{ reason: string }>('SELECT reason FROM _bootstraps WHERE scope = ?', scope)?.reason;
    const older = reason === 'window';
    // older rows alone are fetched beside the feed, which goes on
    const tables = begun?.tables.filter(([name]) => !older || (isTableName(name) && tableOf(name).window)) ?? [];
    if (!begun || tables.length === 0) {
      drop(db, scope);
      continue;
    }
    db.run(
      'UPDATE _bootstraps SET position = ?, stamp = ?, tables = ?, after = NULL, rows_done = 0, rows_total = ? WHERE scope = ? AND tables IS NULL',
      older ? null : begun.head,
      older ? null : begun.stamp,
      JSON.stringify(tables.map(([name]) => name)),
      tables.reduce((sum, [, rows]) => sum + rows, 0),
      scope,
    );
  }
}

/** Writes down how far a scope came; false when it was taken away or began again meanwhile. */
function moveOn(db: WritableDb, job: Job, from: string | null, upTo: string | null, rows: number): boolean {
  const { changes } = db.run(
    'UPDATE _bootstraps SET after = ?, rows_done = rows_done + ? WHERE scope = ? AND tables = ? AND after IS ? AND position IS ?',
    upTo,
    rows,
    job.scope,
    JSON.stringify(job.tables),
    from,
    job.position,
  );
  if (changes === 0) return false;
  if (upTo !== null) return true;
  const [, ...rest] = job.tables;
  if (rest.length > 0) {
    db.run('UPDATE _bootstraps SET tables = ? WHERE scope = ?', JSON.stringify(rest), job.scope);
    return true;
  }
  drop(db, job.scope);
  if (job.position !== null) {
    db.run(
      'INSERT OR REPLACE INTO _cursors (scope, position, stamp) VALUES (?, ?, ?)',
      job.scope,
      job.position,
      job.stamp,
    );
  }
  return true;
}

/** Begins again with what the cloud says then; a scope that it does not name is dropped. */
function askAnew(db: WritableDb, scope: string): void {
  db.run('UPDATE _bootstraps SET tables = NULL, after = NULL, position = NULL, stamp = NULL WHERE scope = ?', scope);
}

function drop(db: WritableDb, scope: string): void {
  db.run('DELETE FROM _bootstraps WHERE scope = ?', scope);
}
