/**
 * Takes rows away that this PC should not have any more: of scopes that left it, and older than its windows. Only here, never in the cloud,
 * and never what has unconfirmed operations: those are sent, or settled by a person, first.
 */
import { tableNames, tableOf, type TableName } from '#shared/register.ts';
import type { WritableDb } from '#main/store/types.ts';
import { readHeld, rowsOfScope, tablesOfScope, type Condition } from './scopes.ts';
import type { CycleDeps } from './step.ts';
import { readCutoffs } from './windows.ts';

/** Ids that are looked at in one transaction. */
const sliceRows = 2000;

export function createPurge(deps: CycleDeps): () => Promise<void> {
  const { store } = deps;
  /** The unconfirmed operations at the last look at scopes that could not leave: before they change there is nothing to do. */
  let waitedFor: number | null = null;

  /** Removes the rows of a table that meet a condition, in slices of ids; answers whether it came to the end. */
  const sweep = async (table: TableName, { sql, params }: Condition): Promise<boolean> => {
    const end = `SELECT max(id) AS id FROM (SELECT id FROM "${table}" WHERE id > ? ORDER BY id LIMIT ${sliceRows})`;
    const rows = `SELECT t.id FROM "${table}" t WHERE t.id > ? AND t.id <= ? AND ${sql}`;
    for (let after = ''; ;) {
      if (deps.stopping()) return false;
      const upTo = store.read.get<{ id: string | null }>(end, after)?.id;
      if (upTo === null || upTo === undefined) return true;
      if (store.read.get(`${rows} LIMIT 1`, after, upTo, ...params)) {
        store.apply({ tables: [table], origin: 'cloud' }, (db) => {
          const bounds = [after, upTo, ...params];
          // without its version: should the row be wanted again, it comes as something new
          db.run(`DELETE FROM _row_state WHERE table_name = '${table}' AND row_id IN (${rows})`, ...bounds);
          db.run(`DELETE FROM _deferred WHERE table_name = '${table}' AND row_id IN (${rows})`, ...bounds);
          db.run(`DELETE FROM "${table}" WHERE id IN (${rows})`, ...bounds);
        });
      }
      after = upTo;
      await deps.yieldNow();
    }
  };

  const purgeScope = async (scope: string): Promise<void> => {
    const tables = tablesOfScope(scope);
    for (const table of tables) {
      const mine = rowsOfScope(tableOf(table).scope, scope) as Condition;
      if (!(await sweep(table, { sql: `${mine.sql} AND ${settled(table)}`, params: mine.params }))) return;
    }
    const kept = tables.some((table) => {
      const mine = rowsOfScope(tableOf(table).scope, scope) as Condition;
      return store.read.get(`SELECT 1 FROM "${table}" WHERE ${mine.sql} LIMIT 1`, ...mine.params) !== undefined;
    });
    store.apply({ tables: ['_sync'], origin: 'cloud' }, (db) => {
      forgetForeign(db, scope);
      // it may have been chosen again meanwhile, or its last operations may still wait
      if (!kept || readHeld(db)?.effective.includes(scope)) db.run('DELETE FROM _leaving WHERE scope = ?', scope);
    });
  };

  const purgeLeaving = async (): Promise<void> => {
    const leaving = store.read.all<{ scope: string }>('SELECT scope FROM _leaving');
    if (leaving.length === 0) return;
    const waiting = store.read.get<{ n: number }>('SELECT count(*) AS n FROM _change_log WHERE state < 4')?.n ?? 0;
    if (waiting === waitedFor) return;
    for (const { scope } of leaving) await purgeScope(scope);
    waitedFor = store.read.get('SELECT 1 FROM _leaving LIMIT 1') ? waiting : null;
  };

  /** While older rows are being fetched nothing can be told to be without its parent. */
  const purgeOld = async (): Promise<void> => {
    for (const [name, cutoff] of Object.entries(readCutoffs(store.read))) {
      let parentsGone = false;
      for (const table of tableNames) {
        const window = tableOf(table).window;
        if (window?.name !== name || store.read.get('SELECT 1 FROM _bootstraps LIMIT 1')) continue;
        const old = 'column' in window ? oldRows(table, window.column) : orphans(table, window);
        const looked = 'column' in window ? store.read.get(firstOld(table, old), cutoff) : parentsGone;
        if (!looked) continue;
        if (!(await sweep(table, { sql: old, params: 'column' in window ? [cutoff] : [] }))) return;
        parentsGone = true;
      }
    }
  };

  return async () => {
    await purgeLeaving();
    await purgeOld();
  };
}

/** Rows of tables that this version does not have say themselves where they belong. */
function forgetForeign(db: WritableDb, scope: string): void {
  db.run(
    `DELETE FROM _deferred WHERE table_name NOT IN (SELECT value FROM json_each(?))
       AND ('store:' || (image ->> 'store_id') = ? OR image ->> 'scope' = ?)`,
    JSON.stringify(db.schema.tables),
    scope,
    scope,
  );
}

function firstOld(table: TableName, old: string): string {
  return `SELECT 1 FROM "${table}" t WHERE ${old} LIMIT 1`;
}

/** Rows on which nothing waits, nor on their children. */
function settled(table: TableName): string {
  const children = tableNames.flatMap((name) => {
    const window = tableOf(name).window;
    return window && 'parent' in window && window.parent === table
      ? [
          `NOT EXISTS (SELECT 1 FROM "${name}" c WHERE c."${window.key}" = t.id AND EXISTS (
             SELECT 1 FROM _change_log WHERE state < 4 AND table_name = '${name}' AND row_id = c.id))`,
        ]
      : [];
  });
  const own = `NOT EXISTS (SELECT 1 FROM _change_log WHERE state < 4 AND table_name = '${table}' AND row_id = t.id)`;
  return [own, ...children].join(' AND ');
}

/** A person who decides a conflict has to see the record. */
const undisputed = (table: TableName) =>
  `NOT EXISTS (SELECT 1 FROM conflicts WHERE status = 'open' AND table_name = '${table}' AND row_id = t.id)`;

function oldRows(table: TableName, column: string): string {
  return `t."${column}" < ? AND ${settled(table)} AND ${undisputed(table)}`;
}

function orphans(table: TableName, { parent, key }: { parent: string; key: string }): string {
  return `NOT EXISTS (SELECT 1 FROM "${parent}" p WHERE p.id = t."${key}") AND ${settled(table)}`;
}
