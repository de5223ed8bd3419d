/** A PC's store at one moment, as the checks read it. */
import { isTableName, tableNames } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { cloudImageOf } from '#main/sync/cloud-rows.ts';
import { openOperations } from '#main/sync/operations.ts';
import type { ReadableDb, Store } from '#main/store/types.ts';

export type LoggedOperation = {
  readonly seq: number;
  readonly txn: number;
  readonly table: string;
  readonly rowId: string;
  readonly op: 'I' | 'U' | 'D';
  readonly after: Values | null;
  readonly before: Values | null;
  readonly state: number;
};

export type View = {
  /** Visible rows by `table/id`. */
  readonly rows: ReadonlyMap<string, Values>;
  /** The cloud's versions by `table/id`. */
  readonly versions: ReadonlyMap<string, { readonly version: number; readonly deleted: boolean }>;
  readonly shadows: ReadonlyMap<string, Values | null>;
  readonly cursors: ReadonlyMap<string, number>;
  /** Scopes that are being read from nothing, with the reason. */
  readonly bootstraps: ReadonlyMap<string, string>;
  /** Every operation of the change log, in its order. */
  readonly log: readonly LoggedOperation[];
  /** Operations without a verdict of the cloud, by `table/id`. */
  readonly open: ReadonlyMap<string, readonly LoggedOperation[]>;
  /** What the cloud has as far as this PC knows, of rows with such operations. */
  readonly underOpen: ReadonlyMap<string, Values | null>;
  /** Written batches without an answer. */
  readonly batches: number;
  /** Local transactions in written batches. */
  readonly onTheWay: ReadonlySet<number>;
  /** What is refused or held now. */
  readonly letters: readonly { readonly txn: number; readonly code: string }[];
  /** False while capture is switched off: never between two steps. */
  readonly capturing: boolean;
};

export const emptyView: View = {
  rows: new Map(),
  versions: new Map(),
  shadows: new Map(),
  cursors: new Map(),
  bootstraps: new Map(),
  log: [],
  open: new Map(),
  underOpen: new Map(),
  batches: 0,
  onTheWay: new Set(),
  letters: [],
  capturing: true,
};

type LogRow = Omit<LoggedOperation, 'after' | 'before'> & { after: string | null; before: string | null };
const parse = (text: string | null): Values | null => (text === null ? null : (JSON.parse(text) as Values));

/** The operations of the change log after one of them, in their order. */
export function readLog(read: ReadableDb, after: number): LoggedOperation[] {
  return read
    .all<LogRow>(
      `SELECT seq, txn, table_name AS "table", row_id AS rowId, op, new_values AS after, old_values AS before, state FROM _change_log WHERE seq > ? ORDER BY seq`,
      after,
    )
    .map((row) => ({ ...row, after: parse(row.after), before: parse(row.before) }));
}

export function readView({ read }: Store): View {
  const rows = new Map<string, Values>();
  for (const table of tableNames)
    for (const { id, ...values } of read.all<{ id: string } & Values>(`SELECT * FROM "${table}"`))
      rows.set(`${table}/${id}`, values);
  const log = readLog(read, 0);
  const open = new Map<string, LoggedOperation[]>();
  for (const operation of log) {
    if (operation.state >= 4) continue;
    const key = `${operation.table}/${operation.rowId}`;
    const list = open.get(key);
    if (list) list.push(operation);
    else open.set(key, [operation]);
  }
  const underOpen = new Map<string, Values | null>();
  for (const key of open.keys()) {
    const [table = '', rowId = ''] = key.split('/');
    if (isTableName(table)) underOpen.set(key, cloudImageOf(read, table, rowId, openOperations(read, table, rowId)));
  }
  return {
    rows,
    versions: new Map(
      read
        .all<{ key: string; version: number; deleted: number }>(
          `SELECT table_name || '/' || row_id AS key, version, deleted FROM _row_state`,
        )
        .map(({ key, version, deleted }) => [key, { version, deleted: deleted === 1 }]),
    ),
    shadows: new Map(
      read
        .all<{ key: string; image: string | null }>(`SELECT table_name || '/' || row_id AS key, image FROM _shadow`)
        .map(({ key, image }) => [key, parse(image)]),
    ),
    cursors: new Map(
      read
        .all<{ scope: string; position: number }>('SELECT scope, position FROM _cursors')
        .map((row) => [row.scope, row.position]),
    ),
    bootstraps: new Map(
      read
        .all<{ scope: string; reason: string }>('SELECT scope, reason FROM _bootstraps')
        .map(({ scope, reason }) => [scope, reason]),
    ),
    log,
    open,
    underOpen,
    batches: read.get<{ n: number }>('SELECT count(*) AS n FROM _outbox')?.n ?? 0,
    onTheWay: new Set(
      read.all<{ txn: number }>('SELECT value AS txn FROM _outbox, json_each(_outbox.txns)').map(({ txn }) => txn),
    ),
    letters: read.all<{ txn: number; code: string }>(
      'SELECT txn, code FROM _dead_letters WHERE txn IN (SELECT txn FROM _change_log WHERE state IN (2, 3)) ORDER BY txn',
    ),
    capturing: read.get<{ enabled: number }>('SELECT enabled FROM _capture WHERE id = 1')?.enabled === 1,
  };
}
