/** What is sent next: the oldest, but sales before bulk work. The order of each row, and of what refers to it, never changes. */
import { tableNames, tableOf, type TableName } from '#shared/register.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { hasPendingAfter, pendingFirst, pendingOperations, txnsOnTheWay, type Portion } from './operations.ts';
import type { Operation } from './sections.ts';

/**
 * Whole local transactions for the next batch, in their order. When more waits than one batch, those with a row of a table whose priority is
 * `first` are taken before others, unless they touch or refer to a row of an earlier one that still waits. `sparing` leaves others where they
 * are, as long as nothing of the first needs them.
 */
export function nextOperations(db: ReadableDb, portion: Portion, sparing = false): Operation[] {
  if (sparing) {
    const first = groupByTxn(pendingFirst(db, portion));
    const ahead = withoutWaiting(db, first);
    if (ahead.size === first.size) return [...ahead.values()].flat();
  }
  const oldest = groupByTxn(pendingOperations(db, portion));
  const last = [...oldest.keys()].at(-1);
  if (last === undefined || [...oldest.values()].every(isFirst) || !hasPendingAfter(db, last)) {
    return [...oldest.values()].flat();
  }
  const ahead = withoutWaiting(db, groupByTxn(pendingFirst(db, portion)));
  const chosen = new Map(ahead);
  let { operations: rows, bytes } = sizeOf([...ahead.values()].flat());
  for (const [txn, operations] of oldest) {
    if (chosen.has(txn)) continue;
    const size = sizeOf(operations);
    rows += size.operations;
    bytes += size.bytes;
    if ((rows > portion.operations || bytes > portion.bytes) && chosen.size > 0) break;
    chosen.set(txn, operations);
  }
  return [...chosen.keys()].toSorted((a, b) => a - b).flatMap((txn) => chosen.get(txn) ?? []);
}

/** Operations by local transaction, in their order. */
export function groupByTxn(operations: readonly Operation[]): Map<number, Operation[]> {
  const groups = new Map<number, Operation[]>();
  for (const operation of operations) {
    const group = groups.get(operation.txn);
    if (group) group.push(operation);
    else groups.set(operation.txn, [operation]);
  }
  return groups;
}

function sizeOf(operations: readonly Operation[]): Portion {
  const bytes = operations.reduce(
    (sum, { after, before }) => sum + JSON.stringify(after).length + JSON.stringify(before).length + 100,
    0,
  );
  return { operations: operations.length, bytes };
}

function isFirst(operations: readonly Operation[]): boolean {
  return operations.some(({ table }) => tableOf(table).priority === 'first');
}

/** Those that can be sent before everything else that waits. What deletes stays: something earlier may refer to it. */
function withoutWaiting(db: ReadableDb, candidates: ReadonlyMap<number, Operation[]>): Map<number, Operation[]> {
  const ahead = new Map<number, Operation[]>();
  const waiting = waitingOn(db, candidates);
  const staying = new Set<string>();
  for (const [txn, operations] of candidates) {
    const stays =
      operations.some(({ op }) => op === 'D') ||
      operations.flatMap(rowsNeeded).some((row) => staying.has(row) || (waiting.get(row) ?? txn) < txn);
    if (!stays) ahead.set(txn, operations);
    else operations.forEach(({ table, rowId }) => staying.add(keyOf(table, rowId)));
  }
  return ahead;
}

const writable = tableNames.filter((name) => tableOf(name).direction === 'both');

/** The row itself, and those that it refers to. */
function rowsNeeded({ table, rowId, after }: Operation): string[] {
  const referred = Object.entries(after ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? referredTables(table, name).map((each) => keyOf(each, value)) : [],
  );
  return [keyOf(table, rowId), ...referred];
}

/** Where the row is that a column refers to: `product_id` in products; every table when the name does not say it. */
function referredTables(table: TableName, column: string): readonly TableName[] {
  if (tableOf(table).columns[column]?.type !== 'id') return [];
  const named = tableNames.find((name) => `${name.replace(/s$/, '')}_id` === column);
  if (!named) return writable;
  return tableOf(named).direction === 'both' ? [named] : [];
}

function keyOf(table: TableName, rowId: string): string {
  return `${table} ${rowId}`;
}

/** For each row that the candidates need: the first other local transaction that waits with a change of it. */
function waitingOn(db: ReadableDb, candidates: ReadonlyMap<number, Operation[]>): Map<string, number> {
  const rows = [...new Set([...candidates.values()].flat().flatMap(rowsNeeded))];
  const found = db.all<{ row: string; txn: number | null }>(
    `SELECT r.value AS row, (
       SELECT min(c.txn) FROM _change_log c WHERE c.state < 4 AND c.table_name = substr(r.value, 1, instr(r.value, ' ') - 1)
         AND c.row_id = substr(r.value, instr(r.value, ' ') + 1) AND c.state < 2 AND c.txn NOT IN (SELECT value FROM json_each(?))) AS txn
     FROM json_each(?) r`,
    JSON.stringify([...candidates.keys(), ...txnsOnTheWay(db)]),
    JSON.stringify(rows),
  );
  return new Map(found.flatMap(({ row, txn }) => (txn === null ? [] : [[row, txn]])));
}
