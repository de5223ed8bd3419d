/** Mends single rows: puts what the cloud has under what this PC shows. Unconfirmed changes stay, and stay on top. */
import type { TableName } from '#shared/register.ts';
import type { CloudRows } from '#shared/sync/protocol.ts';
import type { Values } from '#shared/sync/rebase.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';
import { cloudImageOf, dropShadow, readVisible, showCloudRow, showGoneRow } from '../cloud-rows.ts';
import { openOperations } from '../operations.ts';
import { forgetVersions, setVersions } from '../row-versions.ts';
import type { Operation } from '../sections.ts';
import type { Shape } from '../shapes.ts';
import { standsAsShown } from './shown.ts';

/**
 * What was wrong with a row: `missing` the cloud has it, `extra` only this PC had it, `different` other values, `version` the values were right and
 * what is known about them was not.
 */
export type Fault = 'missing' | 'extra' | 'different' | 'version';

/** A row as the cloud has it; undefined when it knows nothing of it. */
export type CloudRow = CloudRows['rows'][number];

/** Makes one row what it should be. Answers what was wrong; null when nothing was. Runs in the caller's transaction. */
export function repairRow(db: WritableDb, shape: Shape, id: string, cloud: CloudRow | undefined): Fault | null {
  const { table } = shape;
  const open = openOperations(db, table, id);
  const [, version, , image] = cloud ?? [id, 0, true, null];
  const fault = faultOf(db, shape, id, open, version, image);
  if (fault === null) return null;
  if (open.length === 0) dropShadow(db, table, id);
  if (image) {
    setVersions(db, table, [[id, version]]);
    showCloudRow(db, shape, id, version, image, open);
    return fault;
  }
  showGoneRow(db, table, id, open);
  forgetVersions(db, table, [id]);
  if (version > 0) {
    db.run('INSERT INTO _row_state (table_name, row_id, version, deleted) VALUES (?, ?, ?, 1)', table, id, version);
  }
  return fault;
}

function faultOf(
  db: ReadableDb,
  shape: Shape,
  id: string,
  open: readonly Operation[],
  version: number,
  image: CloudRow[3],
): Fault | null {
  const { table } = shape;
  const here = open.length > 0 ? cloudImageOf(db, table, id, open) : readVisible(db, table, id);
  if (image && !here) return 'missing';
  if (!image && here) return 'extra';
  if (image && here && !sameValues(shape, here, image)) return 'different';
  if (open.length > 0 && !standsAsShown(db, table, id, open)) return 'different';
  return isKnownAs(db, table, id, version, image === null) ? null : 'version';
}

function sameValues(shape: Shape, here: Values, image: NonNullable<CloudRow[3]>): boolean {
  return shape.columns.every((name, i) => (here[name] ?? null) === (image[shape.places?.[i] ?? i] ?? null));
}

/** Of a row that is gone, and that the cloud has forgotten too, nothing need be known; a version of it would be wrong. */
function isKnownAs(db: ReadableDb, table: TableName, id: string, version: number, gone: boolean): boolean {
  const state = db.get<{ version: number; deleted: number }>(
    'SELECT version, deleted FROM _row_state WHERE table_name = ? AND row_id = ?',
    table,
    id,
  );
  if (!state) return gone || version === 0;
  return state.version === version && state.deleted > 0 === gone;
}
