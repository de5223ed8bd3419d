import type { PushReply, Section, Unit, UnitReply } from '#shared/sync/protocol.ts';
import type { FeedTxn } from '../cloud/feed-mirror.ts';
import type { Served } from '../core/served.ts';
import type { World } from '../core/world.ts';
import { beforeTxn, ownTxns, type Before } from './before.ts';
import { references } from './references-hold.ts';
import type { Invariant } from './types.ts';

/** What the cloud refuses has a reason that can be seen from outside: else nothing would be lost, and nothing would ever arrive either. */
export const fairRefusals: Invariant = {
  name: 'fair refusals',
  numbers: [10],
  promise:
    'the cloud refuses a transaction only for a value that is not allowed, a missing record, or a step that was taken',
  when: 'step',
  *check({ world, effect, fresh }) {
    for (const served of effect.served) {
      const own = ownTxns(served, fresh);
      for (const { unit, reply } of refused(served)) {
        if (isFair(world, own, unit, reply.code)) continue;
        yield `PC ${served.call.pc + 1}: transaction ${unit.txn} was refused without a reason: ${reply.code} ${reply.message}`;
      }
    }
  },
};

type Refusal = { readonly unit: Unit; readonly reply: Extract<UnitReply, { r: 'rejected' }> };

function refused({ batch, call }: Served): Refusal[] {
  const reply = call.answer?.ok ? (call.answer.value as PushReply) : null;
  if (!batch || !reply || reply.status !== 'ok' || !('units' in batch.body) || !('units' in reply)) return [];
  // what was refused then has its reason in the world of then
  if (reply.replayed) return [];
  const { units } = batch.body;
  return reply.units.flatMap((each, i) => (each.r === 'rejected' ? [{ unit: units[i] as Unit, reply: each }] : []));
}

function isFair(world: World, own: readonly FeedTxn[], { sections }: Unit, code: string): boolean {
  const before = beforeTxn(world, own);
  const rows = sections.flatMap((section) =>
    section.rows.map((row) => ({ table: section.t, ...written(section, row) })),
  );
  switch (code) {
    // what poison is made of
    case '23514':
      return rows.some(
        ({ table, values }) => table === 'products' && (Number(values['price']) < 0 || values['name'] === ''),
      );
    case '23503':
      return rows.some((row) => refersToNothing(world, before, rows, row) || isReferredTo(world, row));
    case 'PF411':
      return rows.some(({ table, id, values }) => {
        const now = before.row(`${table}/${id}`)?.['voided_at'] ?? null;
        return table === 'transactions' && 'voided_at' in values && now !== null;
      });
    case 'PF410':
      // a person has taken back how it was made, or the cloud was set back to before it was
      return rows.some((row) => isUnheardOf(before, row));
    default:
      return false;
  }
}

type Written = { readonly id: string; readonly op: Section['o']; readonly values: Readonly<Record<string, unknown>> };

function written(section: Section, row: Section['rows'][number]): Written {
  const values =
    section.o === 'I'
      ? Object.fromEntries(section.cols.map((name, i) => [name, row[5 + i]]))
      : section.o === 'U'
        ? row[5]
        : {};
  return { id: row[1], op: section.o, values: values as Written['values'] };
}

type Row = Written & { readonly table: string };

/** A record that is in the cloud neither before nor after, and is not made along with this. */
function refersToNothing(world: World, before: Before, rows: readonly Row[], { table, values }: Row): boolean {
  return references.some(([child, column, parent]) => {
    const id = values[column];
    if (child !== table || typeof id !== 'string') return false;
    const key = `${parent}/${id}`;
    const made = rows.some((row) => row.op === 'I' && row.table === parent && row.id === id);
    return !made && (!before.row(key) || !world.mirror.rows.get(key)?.image);
  });
}

/** A change of a record of which the cloud knows nothing. */
function isUnheardOf(before: Before, { table, id, op }: Row): boolean {
  const key = `${table}/${id}`;
  return op === 'U' && !before.row(key) && !before.grave(key);
}

/** A deletion of what others refer to. */
function isReferredTo({ mirror }: World, { table, id, op }: Row): boolean {
  if (op !== 'D') return false;
  return [...mirror.rows].some(([key, { image }]) =>
    references.some(
      ([child, column, parent]) => parent === table && key.startsWith(`${child}/`) && image?.[column] === id,
    ),
  );
}
