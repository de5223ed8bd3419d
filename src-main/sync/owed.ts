/**
 * Changes that the cloud cannot take yet, because this version of the app knows a table or column before the cloud does. They are taken out
 * of their local transaction, wait in state `owed`, and hold up nothing.
 */
import { createHash } from 'node:crypto';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { groupByTxn } from './priority.ts';
import type { Operation } from './sections.ts';

/** What becomes of a local value on its way up: `owe` waits until the cloud knows the column, `drop` is one that the cloud gave up. */
export type Fate = 'send' | 'owe' | 'drop';

type Takes = { readonly fateOf: (table: string, column: string) => Fate };

/** Takes out of these pending operations what the cloud does not take. Answers whether anything was taken out: then they are to be read again. */
export function setAsideOwed(db: WritableDb, operations: readonly Operation[], takes: Takes): boolean {
  let changed = false;
  for (const [txn, list] of groupByTxn(operations)) {
    const key = db.get<{ key: string | null }>('SELECT key FROM _change_log WHERE seq = ?', txn)?.key ?? null;
    const owed = list.map((operation) => setAside(db, operation, takes)).filter((seq) => seq !== null);
    if (owed.length === 0) continue;
    changed = true;
    partIn(
      db,
      txn,
      key,
      owed.flatMap(({ owes }) => (owes === null ? [] : [owes])),
    );
  }
  return changed;
}

type Aside = {
  /** The operation that is owed now; null when the cloud has given up what it was about. */
  readonly owes: number | null;
};

function setAside(db: WritableDb, operation: Operation, takes: Takes): Aside | null {
  const { seq, op, table } = operation;
  const names = Object.keys(operation.after ?? operation.before ?? {});
  const fates = new Map(names.map((name) => [name, takes.fateOf(table, name)]));
  const sent = names.filter((name) => fates.get(name) === 'send');
  if (sent.length === names.length) return null;
  if (sent.length === 0) {
    // nothing of it can travel: the table is unknown, or only such columns were changed
    if (names.some((name) => fates.get(name) === 'owe')) return { owes: moveToEnd(db, seq) };
    db.run('UPDATE _change_log SET state = 4 WHERE seq = ?', seq);
    return { owes: null };
  }
  // a delete needs no values to travel, and keeps them to be taken back
  if (op === 'D') return null;
  // a new row says nothing in a column that holds its default: the cloud will have its own
  const before = op === 'U' ? operation.before : localDefaults(db, table);
  const waiting = names.filter(
    (name) => fates.get(name) === 'owe' && (op === 'U' || operation.after?.[name] !== before?.[name]),
  );
  const owes =
    waiting.length > 0 ? insertOwed(db, operation, pick(operation.after, waiting), pick(before, waiting)) : null;
  db.run(
    'UPDATE _change_log SET new_values = ?, old_values = ? WHERE seq = ?',
    JSON.stringify(pick(operation.after, sent)),
    op === 'U' ? JSON.stringify(pick(operation.before, sent)) : null,
    seq,
  );
  return { owes };
}

/** What is owed stands behind what was owed before it, in parts or as a whole. */
function moveToEnd(db: WritableDb, seq: number): number {
  const last = lastSeq(db) + 1;
  db.run('UPDATE _change_log SET seq = ?, state = 1, key = NULL WHERE seq = ?', last, seq);
  return last;
}

function lastSeq(db: ReadableDb): number {
  return db.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM _change_log')?.seq ?? 0;
}

function pick(values: Values | null, names: readonly string[]): Values {
  return Object.fromEntries(names.map((name) => [name, values?.[name] ?? null]));
}

function insertOwed(db: WritableDb, { seq }: Operation, after: Values, before: Values): number {
  db.run(
    `INSERT INTO _change_log (txn, table_name, row_id, op, new_values, old_values, base_version, hlc, actor, at, state)
     SELECT (SELECT max(seq) + 1 FROM _change_log), table_name, row_id, 'U', ?, ?, base_version, hlc, actor, at, 1 FROM _change_log WHERE seq = ?`,
    JSON.stringify(after),
    JSON.stringify(before),
    seq,
  );
  return lastSeq(db);
}

/** Two transactions out of one: each is called by its first operation, which also carries the key that names it everywhere. */
function partIn(db: WritableDb, txn: number, key: string | null, owed: readonly number[]): void {
  const list = JSON.stringify(owed);
  const inRest = 'state < 4 AND txn = ? AND seq NOT IN (SELECT value FROM json_each(?))';
  const rest = db.get<{ first: number | null }>(
    `SELECT min(seq) AS first FROM _change_log WHERE ${inRest}`,
    txn,
    list,
  )?.first;
  if (rest != null && rest !== txn) {
    db.run('UPDATE _change_log SET key = ? WHERE seq = ?', key, rest);
    db.run(`UPDATE _change_log SET txn = ? WHERE ${inRest}`, rest, txn, list);
    db.run('UPDATE OR REPLACE _dead_letters SET txn = ? WHERE txn = ?', rest, txn);
  }
  if (owed.length === 0) return;
  const first = Math.min(...owed);
  db.run('UPDATE _change_log SET txn = ? WHERE seq IN (SELECT value FROM json_each(?))', first, list);
  // a copy of this disk that parts it again gives it the same key; what is owed as a whole keeps its own
  const owedKey = rest != null && key ? createHash('sha256').update(`${key} owed`).digest('hex').slice(0, 16) : key;
  db.run('UPDATE _change_log SET key = ? WHERE seq = ?', owedKey, first);
}

/** What a column holds in a new row that says nothing of it. */
function localDefaults(db: ReadableDb, table: string): Values {
  const rows = db.all<{ name: string; dflt_value: string | null }>(
    'SELECT name, dflt_value FROM pragma_table_info(?)',
    table,
  );
  return Object.fromEntries(
    rows.map(({ name, dflt_value }) => [
      name,
      dflt_value === null
        ? null
        : (db.get<{ value: string | number | null }>(`SELECT ${dflt_value} AS value`)?.value ?? null),
    ]),
  );
}

/** What new rows of a table hold in the cloud where nobody filled anything in; later entries of a table count. */
export type CloudDefaults = readonly { readonly table: string; readonly values: Values }[];

/**
 * Lets everything owed go again, after the cloud has learned something; what it still does not know is set aside again. An update of a row
 * that this PC has deleted since has no use any more. Answers whether anything was owed.
 */
export function releaseOwed(db: WritableDb, defaults: CloudDefaults): boolean {
  if (!owesAnything(db)) return false;
  db.run(
    `UPDATE _change_log SET state = 4 WHERE state = 1 AND op = 'U' AND EXISTS (
       SELECT 1 FROM (SELECT table_name, row_id, max(seq) AS seq FROM _change_log WHERE op = 'D' AND state = 4 GROUP BY 1, 2) gone
       WHERE gone.table_name = _change_log.table_name AND gone.row_id = _change_log.row_id AND gone.seq > _change_log.seq)`,
  );
  for (const { table, values } of defaults) startFrom(db, table, values);
  db.run('UPDATE _change_log SET state = 0 WHERE state = 1');
  return true;
}

/*
 * Nobody has chosen what the cloud's rows hold in a column that it has just got. Where a change started from this version's own default, it starts
 * from the cloud's now, so that the two are no conflict.
 */
function startFrom(db: WritableDb, table: string, cloud: Values): void {
  const local = localDefaults(db, table);
  const moved = Object.keys(cloud).filter((name) => name in local && local[name] !== cloud[name]);
  const seen = new Set<string>();
  for (const name of moved) {
    const rows = db.all<{ seq: number; row_id: string; old_values: string }>(
      `SELECT seq, row_id, old_values FROM _change_log WHERE state = 1 AND op = 'U' AND table_name = ? AND new_values -> ? IS NOT NULL ORDER BY seq`,
      table,
      `$."${name}"`,
    );
    for (const { seq, row_id, old_values } of rows) {
      const old = JSON.parse(old_values) as Values;
      if (!seen.has(`${name} ${row_id}`) && old[name] === local[name]) {
        db.run(
          'UPDATE _change_log SET old_values = ? WHERE seq = ?',
          JSON.stringify({ ...old, [name]: cloud[name] }),
          seq,
        );
      }
      seen.add(`${name} ${row_id}`);
    }
  }
}

function owesAnything(db: ReadableDb): boolean {
  return db.get('SELECT 1 FROM _change_log WHERE state = 1 LIMIT 1') !== undefined;
}
