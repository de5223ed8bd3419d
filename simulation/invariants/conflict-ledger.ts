import type { PushReply, Section } from '#shared/sync/protocol.ts';
import type { FeedChange, FeedTxn } from '../cloud/feed-mirror.ts';
import type { Served } from '../core/served.ts';
import type { World } from '../core/world.ts';
import { beforeTxn, ownTxns } from './before.ts';
import { expectSections, unexpected, type Expected } from './merge-oracle.ts';
import { same, type Invariant } from './types.ts';

/** Every accepted batch did to the cloud what the rules say: no silent overwrite, and a conflict for each manual field that met another. */
export const conflictLedger: Invariant = {
  name: 'conflict ledger',
  numbers: [9],
  promise:
    'each overlapping edit of a manual field gives one open conflict with base, mine and theirs; a PC never conflicts with itself',
  when: 'step',
  *check({ world, effect, fresh }) {
    for (const served of effect.served) {
      if (served.accepted.length === 0 || !served.batch) continue;
      const own = ownTxns(served, fresh);
      for (const problem of compare(world, served, own)) yield `PC ${served.call.pc + 1}: ${problem}`;
    }
  },
};

function* compare(world: World, served: Served, own: readonly FeedTxn[]): Generator<string> {
  const changed = new Map<string, FeedChange>();
  for (const { changes } of own) for (const change of changes) changed.set(`${change.table}/${change.rowId}`, change);
  const before = beforeTxn(world, own);
  const expected: Expected = { rows: new Map(), conflicts: new Map(), refused: [] };
  for (const sections of acceptedSections(served)) expectSections(sections, before, expected);

  for (const place of expected.refused) yield `${place} took a step that somebody else had taken`;
  for (const [key, row] of expected.rows) {
    const change = changed.get(key);
    const found = change ? change.image : before.row(key);
    const wrong = unexpected(row, found);
    if (wrong) yield `${key} ${wrong}`;
  }
  for (const key of changed.keys())
    if (!expected.rows.has(key) && !key.startsWith('conflicts/')) yield `${key} changed, nobody asked for it`;
  yield* compareConflicts(world, served, own, expected);
}

function acceptedSections({ batch, call }: Served): Section[][] {
  const reply = call.answer?.ok ? (call.answer.value as PushReply) : null;
  if (!batch || !reply || reply.status !== 'ok') return [];
  if ('sections' in batch.body) return [batch.body.sections];
  return 'units' in reply
    ? batch.body.units.filter((_, i) => reply.units[i]?.r === 'ok').map(({ sections }) => sections)
    : [];
}

type Field = { column: string; base?: unknown; incoming?: unknown; kept?: unknown };

function* compareConflicts(
  world: World,
  served: Served,
  own: readonly FeedTxn[],
  expected: Expected,
): Generator<string> {
  const device = world.pcs[served.call.pc]?.caller.deviceId;
  const open = [...world.mirror.rows].filter(
    ([key, { image }]) =>
      key.startsWith('conflicts/') &&
      image?.['status'] === 'open' &&
      image['incoming_device'] === device &&
      !['update', 'delete'].includes(String(image['kind'])),
  );
  for (const [place, { incoming, kept }] of expected.conflicts) {
    const [table, rowId, column] = place.split('/');
    const about = open.filter(([, { image }]) => image?.['table_name'] === table && image?.['row_id'] === rowId);
    const fields = about
      .flatMap(([, { image }]) => JSON.parse(String(image?.['fields'])) as Field[])
      .filter((field) => field.column === column);
    if (fields.length !== 1) yield `${fields.length} open conflicts about ${place}, one was due`;
    else if (!same(fields[0]?.incoming, incoming) || !same(fields[0]?.kept, kept))
      yield `the conflict about ${place} says ${String(fields[0]?.incoming)} against ${String(fields[0]?.kept)}, not ${String(incoming)} against ${String(kept)}`;
  }
  for (const { changes } of own)
    for (const { table, op, image } of changes) {
      if (table !== 'conflicts' || op !== 'I' || image?.['status'] !== 'open') continue;
      for (const { column } of JSON.parse(String(image['fields'])) as Field[]) {
        const place = `${String(image['table_name'])}/${String(image['row_id'])}/${column}`;
        if (image['kind'] === 'update' || image['kind'] === 'delete') continue;
        if (!expected.conflicts.has(place)) yield `a conflict about ${place} that nobody caused`;
      }
    }
}
