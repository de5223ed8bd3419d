import type { CommandOutput, CommandRequest } from '#shared/contract/commands.ts';
import type { ServiceCall } from '#shared/contract/services.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import { z } from 'zod';
import { readCursor, writeCursor } from '#main/shop/cursor.ts';
import type { SqlValue, Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';

export type CallRecord = Omit<ServiceCall, 'id'>;

export type Audit = {
  /** Writes a call down; a few go into the store together. */
  record(call: CallRecord): void;
  list(request: CommandRequest<'services.calls'>): Result<CommandOutput<'services.calls'>, AppError>;
  /** Writes what is still held back. */
  close(): void;
};

export type AuditDeps = {
  readonly store: Store;
  readonly logger: Logger;
  /** Calls once after so many milliseconds; the returned function cancels. */
  readonly after: (ms: number, work: () => void) => () => void;
};

const gatherMs = 250;
const mostHeld = 200;
/** What is kept: so many days, and never more than so many calls. */
const keptDays = 90;
const keptCalls = 100_000;

/** The record of calls: who called what, how it ended, how long it took. Never what was asked or answered. */
export function createAudit({ store, logger, after }: AuditDeps): Audit {
  let held: CallRecord[] = [];
  let cancel: (() => void) | null = null;

  const flush = (): void => {
    cancel?.();
    cancel = null;
    if (held.length === 0) return;
    const calls = held;
    held = [];
    try {
      store.apply({ tables: ['_calls'], origin: 'local' }, (db) => calls.forEach((call) => insert(db, call)), 'lazy');
    } catch (error) {
      // a full disk must not keep an assistant from reading; the log says that lines are missing
      logger.error('mcp.calls-not-recorded', { calls: calls.length, error });
    }
  };
  const insert = (db: Parameters<Parameters<Store['apply']>[1]>[0], call: CallRecord): void => {
    db.run(
      'INSERT INTO _mcp_calls (at, client, token_id, service, kind, name, outcome, ms, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      call.at,
      call.client,
      call.tokenId,
      call.service,
      call.kind,
      call.name,
      call.outcome,
      call.ms,
      call.bytes,
    );
    const id = db.get<{ id: number }>('SELECT max(id) AS id FROM _mcp_calls')?.id ?? 0;
    if (id % 100 !== 0) return;
    db.run('DELETE FROM _mcp_calls WHERE id <= ?', id - keptCalls);
    // ids and times rise together, so the oldest stand first and the walk ends at the first that stays
    const young = db.get<{ id: number }>(
      'SELECT id FROM _mcp_calls WHERE at >= ? ORDER BY id LIMIT 1',
      call.at - keptDays * 86_400_000,
    );
    if (young !== undefined) db.run('DELETE FROM _mcp_calls WHERE id < ?', young.id);
  };

  return {
    record(call) {
      held.push(call);
      if (held.length >= mostHeld) flush();
      else cancel ??= after(gatherMs, flush);
    },
    list(request) {
      flush();
      return list(store, request);
    },
    close: flush,
  };
}

function list(
  store: Store,
  request: CommandRequest<'services.calls'>,
): Result<CommandOutput<'services.calls'>, AppError> {
  const cursor = readCursor(request.cursor, z.tuple([z.int()]));
  if (!cursor.ok) return cursor;
  const wheres: string[] = [];
  const params: SqlValue[] = [];
  const where = (sql: string, value?: SqlValue): void => {
    wheres.push(sql);
    if (value !== undefined) params.push(value);
  };
  if (request.service !== undefined) where('service = ?', request.service);
  if (request.tokenId !== undefined) where('token_id = ?', request.tokenId);
  if (request.failed === true) where(`outcome NOT IN ('ok', 'asked')`);
  const filter = wheres.length === 0 ? 'true' : wheres.join(' AND ');
  const total =
    store.read.get<{ n: number }>(`SELECT count(*) AS n FROM _mcp_calls WHERE ${filter}`, ...params)?.n ?? 0;
  const items = store.read.all<ServiceCall>(
    `SELECT id, at, client, token_id AS tokenId, service, kind, name, outcome, ms, bytes FROM _mcp_calls
     WHERE ${filter} AND id < ? ORDER BY id DESC LIMIT ?`,
    ...params,
    cursor.value?.[0] ?? Number.MAX_SAFE_INTEGER,
    request.limit + 1,
  );
  const shown = items.slice(0, request.limit);
  const last = shown.at(-1);
  return ok({
    items: shown,
    total,
    next: items.length > shown.length && last !== undefined ? writeCursor([last.id]) : null,
  });
}
