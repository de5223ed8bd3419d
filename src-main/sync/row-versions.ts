/** The cloud's version of each row as far as this PC knows it, `_row_state`. It outlives the row. */
import type { TableName } from '#shared/register.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';

/** A row of the feed as far as its version goes. */
export type RowVersion = {
  readonly table: TableName;
  readonly id: string;
  readonly version: number;
  readonly deleted: boolean;
};

/** Takes versions of the feed into account, in their order; says for each whether it was newer than what this PC had seen. */
export function takeVersions(db: WritableDb, rows: readonly RowVersion[]): boolean[] {
  const newer = rows.map(() => false);
  for (const [table, places] of placesByTable(rows)) {
    const newest = versionsOf(
      db,
      table,
      places.map((i) => (rows[i] as RowVersion).id),
    );
    const taken = { there: [] as [string, number][], deleted: [] as [string, number][] };
    for (const i of places) {
      const row = rows[i] as RowVersion;
      if (row.version <= (newest.get(row.id) ?? 0)) continue;
      newest.set(row.id, row.version);
      taken[row.deleted ? 'deleted' : 'there'].push([row.id, row.version]);
      newer[i] = true;
    }
    // a row may be among both: its last version counts
    noteVersions(db, table, taken.there, false);
    noteVersions(db, table, taken.deleted, true);
  }
  return newer;
}

function placesByTable(rows: readonly RowVersion[]): Map<TableName, number[]> {
  const groups = new Map<TableName, number[]>();
  rows.forEach(({ table }, i) => {
    const group = groups.get(table);
    if (group) group.push(i);
    else groups.set(table, [i]);
  });
  return groups;
}

function versionsOf(db: ReadableDb, table: TableName, ids: readonly string[]): Map<string, number> {
  const known = db.all<{ id: string; version: number }>(
    'SELECT s.row_id AS id, s.version FROM json_each(?) j CROSS JOIN _row_state s ON s.table_name = ? AND s.row_id = j.value',
    JSON.stringify(ids),
    table,
  );
  return new Map(known.map(({ id, version }) => [id, version]));
}

/** Takes versions, [id, version] each, where they are newer than what is known. */
export function noteVersions(
  db: WritableDb,
  table: TableName,
  rows: readonly (readonly [string, number])[],
  deleted: boolean,
): void {
  for (const [version, ids] of idsByVersion(rows)) {
    db.run(
      `INSERT INTO _row_state (table_name, row_id, version, deleted) SELECT ?, value, ?, ? FROM json_each(?) WHERE true
       ON CONFLICT (table_name, row_id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted WHERE excluded.version > version`,
      table,
      version,
      deleted ? 1 : 0,
      JSON.stringify(ids),
    );
  }
}

/** Takes the versions of a snapshot, [id, version, ...] each, whatever was known before. */
export function setVersions(
  db: WritableDb,
  table: TableName,
  rows: readonly (readonly [string, number, ...unknown[]])[],
): void {
  for (const [version, ids] of idsByVersion(rows)) {
    db.run(
      `INSERT INTO _row_state (table_name, row_id, version, deleted) SELECT ?, value, ?, 0 FROM json_each(?) WHERE true
       ON CONFLICT (table_name, row_id) DO UPDATE SET version = excluded.version, deleted = 0`,
      table,
      version,
      JSON.stringify(ids),
    );
  }
}

/** Nearly all rows that come together are at the same version: told once, it need not be read out of each. */
function idsByVersion(rows: readonly (readonly [string, number, ...unknown[]])[]): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const [id, version] of rows) {
    const group = groups.get(version);
    if (group) group.push(id);
    else groups.set(version, [id]);
  }
  return groups;
}

/** Forgets what was known of rows that are not here any more. */
export function forgetVersions(db: WritableDb, table: TableName, rowIds: readonly string[]): void {
  if (rowIds.length === 0) return;
  db.run(
    'DELETE FROM _row_state WHERE table_name = ? AND row_id IN (SELECT value FROM json_each(?))',
    table,
    JSON.stringify(rowIds),
  );
}

/** The newest version of a row that this PC has seen; 0 for none. */
export function knownVersion(db: ReadableDb, table: TableName, rowId: string): number {
  return (
    db.get<{ version: number }>('SELECT version FROM _row_state WHERE table_name = ? AND row_id = ?', table, rowId)
      ?.version ?? 0
  );
}
