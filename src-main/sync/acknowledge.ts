/** Records the cloud's answer to a batch: versions, merged rows and refusals, in one transaction. */
import type { TableName } from '#shared/register.ts';
import {
  headLength,
  type PushReply,
  type Section,
  type SectionReply,
  type Unit,
  type UnitReply,
} from '#shared/sync/protocol.ts';
import { delta, isAdded, type Values } from '#shared/sync/rebase.ts';
import { writeMeta } from '#main/store/meta.ts';
import type { WritableDb } from '#main/store/types.ts';
import { dropShadows, keepsShadows, readShadow, setShadow, showCloudRow, showGoneRow } from './cloud-rows.ts';
import { holdBehind, refuse, releaseHeld, settleElsewhere } from './dead-letters.ts';
import { batchStart } from './identities.ts';
import {
  hasOpenOperations,
  markAcknowledged,
  openOperations,
  operationsOf,
  rowsWithOpenOperations,
  touchesStuckRow,
} from './operations.ts';
import { markKnown } from './known.ts';
import type { OutboxBatch } from './outbox.ts';
import { knownVersion, noteVersions } from './row-versions.ts';
import { doneElsewhere, refusalReason } from '#shared/contract/refusals.ts';
import type { Operation } from './sections.ts';
import type { Shape, Shapes } from './shapes.ts';

export type Acknowledgement = { pushed: number; merged: number; conflicts: number; refused: number };

/** A reply that does not fit the batch it answers: nothing was recorded. */
export class MisfitReply extends Error {
  override readonly name = 'MisfitReply';
}

/**
 * Records an `ok` reply to the oldest batch in the outbox and takes it out. Answers what happened and which tables look different now. Runs in the
 * caller's transaction; throws MisfitReply.
 */
export function recordAnswer(
  db: WritableDb,
  outbox: OutboxBatch,
  reply: Exclude<PushReply, { status: 'split' }>,
  shapes: Shapes,
  now: number,
): { result: Acknowledgement; touched: ReadonlySet<TableName> } {
  const { body, txns } = outbox;
  const result: Acknowledgement = { pushed: 0, merged: 0, conflicts: 0, refused: 0 };
  const touched = new Set<TableName>();
  const answer = createAnswer(db, shapes, result, touched, batchStart(db) + outbox.batch);
  if ('sections' in body) {
    if (!('sections' in reply)) throw new MisfitReply('sections expected');
    db.run('DELETE FROM _dead_letters WHERE txn IN (SELECT value FROM json_each(?))', JSON.stringify(txns));
    markAcknowledged(db, txns, batchStart(db) + outbox.batch);
    answer.sections(body.sections, reply.sections);
  } else {
    if (!('units' in reply) || reply.units.length !== body.units.length) throw new MisfitReply('units expected');
    answer.units(body.units, reply.units, now);
    // what waited behind something that is settled goes on; behind a refused one it is held again when the next batch is cut
    if (reply.units.some((unit) => unit.r === 'rejected' && unit.code === doneElsewhere)) releaseHeld(db);
  }
  db.run('DELETE FROM _outbox WHERE batch = ?', outbox.batch);
  writeMeta(db, 'last_batch', outbox.batch);
  return { result, touched };
}

/** The cloud does not have the table or the column. */
const unknownToCloud: ReadonlySet<string> = new Set(['42P01', '42703']);

type Value = string | number | null;
type Exception = NonNullable<SectionReply['x']>[number];
type Gone = NonNullable<SectionReply['gone']>[number];

function createAnswer(db: WritableDb, shapes: Shapes, result: Acknowledgement, touched: Set<TableName>, batch: number) {
  const readable = (id: number): Shape | undefined => {
    const shape = shapes.find(id);
    return shape?.known ? shape : undefined;
  };

  const sections = (sent: readonly Section[], replies: readonly SectionReply[]): void => {
    if (sent.length !== replies.length)
      throw new MisfitReply(`${sent.length} sections sent, ${replies.length} answered`);
    const more = hasOpenOperations(db);
    // an image is kept only under unconfirmed changes
    if (!more) db.run('DELETE FROM _shadow');
    sent.forEach((section, i) => recordSection(section, replies[i] as SectionReply, more));
  };

  const recordSection = (section: Section, reply: SectionReply, more: boolean): void => {
    if (!db.schema.knows(section.t)) throw new MisfitReply(section.t);
    const table = section.t;
    const exceptions = new Map((reply.x ?? []).map((exception) => [exception.i, exception]));
    const versions = section.rows.map((_, i) => (typeof reply.v === 'number' ? reply.v : reply.v[i]));
    if (versions.includes(undefined)) throw new MisfitReply(`${section.t}: a version is missing`);
    const ids = section.rows.map(([, rowId]) => rowId);
    // a merged row whose image cannot be read yet stays at its old version: the feed brings it, because it is not known to this PC
    const noted = ids
      .map((id, i): [string, number] => [id, versions[i] as number])
      .filter((_, i) => !exceptions.has(i) || readable((exceptions.get(i) as Exception).shape));
    // a deletion that did not apply left the row there
    const [there, deleted] = section.o === 'D' ? partition(noted, exceptions, ids) : [noted, []];
    noteVersions(db, table, there, false);
    noteVersions(db, table, deleted, true);
    result.pushed += ids.length;
    const busy = more ? rowsWithOpenOperations(db, table, ids) : new Set<string>();
    if (more && keepsShadows(db))
      dropShadows(
        db,
        table,
        ids.filter((id) => !busy.has(id)),
      );
    for (const [i, exception] of exceptions) {
      const id = ids[i] as string;
      showException(table, id, versions[i] as number, exception, busy.has(id) ? openOperations(db, table, id) : []);
    }
    const gone = new Set((reply.gone ?? []).map(({ i }) => i));
    for (const one of reply.gone ?? []) {
      const id = ids[one.i];
      if (id === undefined) throw new MisfitReply(`${section.t}: row ${one.i} is not there`);
      showGone(table, id, one, busy.has(id) ? openOperations(db, table, id) : []);
    }
    if (busy.size === 0) return;
    section.rows.forEach((row, i) => {
      const [, rowId] = row;
      if (busy.has(rowId) && !exceptions.has(i) && !gone.has(i))
        carryOn(db, table, rowId, versions[i] as number, section, row);
    });
  };

  /** A row that did not simply apply: the cloud's image of it comes with the answer. */
  const showException = (
    table: TableName,
    rowId: string,
    version: number,
    { r, shape: shapeId, image }: Exception,
    open: readonly Operation[],
  ): void => {
    const shape = readable(shapeId);
    if (r === 'merged') result.merged += 1;
    else result.conflicts += 1;
    if (shape && knownVersion(db, table, rowId) === version) showCloudRow(db, shape, rowId, version, image, open);
    touched.add(table);
  };

  /** A row that somebody else had deleted, and that stays so. */
  const showGone = (table: TableName, rowId: string, { r, v }: Gone, open: readonly Operation[]): void => {
    if (r === 'merged') result.merged += 1;
    else result.conflicts += 1;
    noteVersions(db, table, [[rowId, v]], true);
    if (knownVersion(db, table, rowId) === v) showGoneRow(db, table, rowId, open);
    touched.add(table);
  };

  const units = (sent: readonly Unit[], replies: readonly UnitReply[], now: number): void => {
    let unclear = false;
    sent.forEach(({ txn, sections: of }, i) => {
      const reply = replies[i] as UnitReply;
      if (reply.r === 'ok') {
        markAcknowledged(db, [txn], batch);
        db.run('DELETE FROM _dead_letters WHERE txn = ?', txn);
        sections(of, reply.sections);
      } else if (reply.r === 'rejected') {
        // what is known here of the cloud's columns may be old: it stays pending until that was asked
        if (unknownToCloud.has(reply.code) && shapes.doubt(txn)) {
          unclear = true;
          return;
        }
        if (reply.code === doneElsewhere) {
          for (const table of settleElsewhere(db, txn, now)) touched.add(table);
          return;
        }
        refuse(db, txn, reply.code, refusalReason(reply.code, reply.message, reply.constraint), now);
        result.refused += 1;
      } else if (reply.r === 'known') {
        markKnown(db, [txn], batch).forEach((table) => touched.add(table));
      } else if (!unclear && touchesStuckRow(db, operationsOf(db, txn))) {
        // what it waited for may have been settled here while this answer was on its way
        holdBehind(db, txn, now);
      }
    });
  };
  return { sections, units };
}

function partition(
  versions: readonly [string, number][],
  exceptions: ReadonlyMap<number, Exception>,
  ids: readonly string[],
): [[string, number][], [string, number][]] {
  const kept = new Set([...exceptions.keys()].map((i) => ids[i]));
  return [versions.filter(([id]) => kept.has(id)), versions.filter(([id]) => !kept.has(id))];
}

/*
 * A confirmed change under later ones of the same row: those were made knowing it, so their base moves up with it, and so does the
 * cloud's image underneath.
 */
function carryOn(
  db: WritableDb,
  table: TableName,
  rowId: string,
  version: number,
  section: Section,
  row: Section['rows'][number],
): void {
  db.run(
    'UPDATE _change_log SET base_version = ? WHERE state < 4 AND table_name = ? AND row_id = ?',
    version,
    table,
    rowId,
  );
  // under an image of a later version this change is in it already
  const shadow = knownVersion(db, table, rowId) === version ? readShadow(db, table, rowId) : undefined;
  if (shadow) setShadow(db, table, rowId, confirmed(table, shadow.image, section, row));
}

/** The cloud's image of a row after it has taken a change as it is. */
function confirmed(
  table: TableName,
  image: Values | null,
  section: Section,
  row: Section['rows'][number],
): Values | null {
  if (section.o === 'D') return null;
  if (section.o === 'I')
    return Object.fromEntries(section.cols.map((name, i) => [name, (row[headLength + i] ?? null) as Value]));
  if (!image) return null;
  const [, , , , , after, before] = row as [number, string, number, number, string, Values, Values];
  const next: Record<string, Value> = { ...image };
  for (const [name, value] of Object.entries(after)) {
    next[name] = isAdded(table, name) ? Number(next[name] ?? 0) + delta(after, before, name) : value;
  }
  return next;
}
