/** Promises that other tiers check where a request is served, stated so that they can be seen afterwards. */
import { isTableName, tableOf } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { same, type OutsideInvariant, type Sight } from '../invariants/types.ts';

/** What counts as sent was taken by the cloud, and what it took is what stands in the feed. */
export const whatWasAcceptedIsThere: OutsideInvariant = {
  name: 'accepted is there',
  numbers: [1, 2],
  promise: 'every record that an accepted transaction made came to stand in the feed, once',
  when: 'quiet',
  *check({ world }) {
    const made = new Map<string, number>();
    for (const scope of world.mirror.scopes())
      for (const { changes } of world.mirror.feed(scope))
        for (const { table, rowId, op, knownBy } of changes)
          if (op === 'I' && knownBy !== null) made.set(`${table}/${rowId}`, (made.get(`${table}/${rowId}`) ?? 0) + 1);
    for (const { pc, txn, accepted, operations } of world.ledger.txns.values()) {
      if (!accepted) continue;
      for (const { table, rowId, op } of operations) {
        const key = `${table}/${rowId}`;
        if (op === 'I' && !world.mirror.history.has(`${key}/1`))
          yield `PC ${pc + 1}: transaction ${txn} was accepted, ${key} was never in the cloud`;
        if (op === 'I' && (made.get(key) ?? 0) > 1 && table === 'transactions')
          yield `${key} was made ${made.get(key)} times`;
      }
    }
  },
};

/**
 * A value of a manual field that a PC replaced in the cloud is one that this PC had seen there, and what it put in its place is what somebody
 * wrote at it. A value that it had not seen stays, and there is a conflict about it.
 */
export const noSilentOverwrite: OutsideInvariant = {
  name: 'no silent overwrite',
  numbers: [9],
  promise: 'no PC replaces a value of a manual field that it had not seen',
  when: 'quiet',
  *check({ world }) {
    const written = writtenBy(world);
    for (const scope of world.mirror.scopes())
      for (const { changes } of world.mirror.feed(scope))
        for (const { table, rowId, op, version, image, knownBy } of changes) {
          if (op !== 'U' || knownBy === null || !image || !isTableName(table) || table === 'conflicts') continue;
          const before = world.mirror.history.get(`${table}/${rowId}/${version - 1}`);
          if (!before) continue;
          for (const column of manualFields(table, before, image)) {
            const mine = written.get(`${knownBy}/${table}/${rowId}/${column}`);
            if (!mine?.new.has(image[column] ?? null))
              yield `${table} ${rowId}: ${column} became ${String(image[column])} by a PC at which nobody wrote that`;
            else if (!mine.old.has(before[column] ?? null))
              yield `${table} ${rowId}: ${column} was ${String(before[column])}, which the PC that made it ${String(image[column])} had never replaced`;
          }
        }
  },
};

function manualFields(table: Parameters<typeof tableOf>[0], before: Values, after: Values): string[] {
  return Object.entries(tableOf(table).columns)
    .filter(([name, { policy }]) => policy === 'manual' && !same(before[name], after[name]))
    .map(([name]) => name);
}

type Written = { readonly old: Set<unknown>; readonly new: Set<unknown> };

/** Values of each field that were replaced and written at each PC. */
function writtenBy({ ledger, pcs }: Sight['world']): Map<string, Written> {
  const written = new Map<string, Written>();
  for (const { pc, operations } of ledger.txns.values())
    for (const { table, rowId, op, before, after } of operations) {
      if (op === 'D' || !after) continue;
      for (const [column, value] of Object.entries(after)) {
        const key = `${pcs[pc]?.caller.deviceId}/${table}/${rowId}/${column}`;
        const found = written.get(key) ?? { old: new Set(), new: new Set() };
        written.set(key, found);
        found.new.add(value ?? null);
        found.old.add(before?.[column] ?? null);
      }
    }
  return written;
}

/**
 * What people of this world cause: a value that no rule allows, a record that is referred to and gone, a step that somebody else had taken, and
 * what waits behind such a one. A deadlock, a timeout or a lost backend is never a refusal.
 */
const dueCodes = /^(held|23514|23503|PF409|PF410|PF411)$/;

export function notDue(pc: number, letters: readonly { readonly txn: number; readonly code: string }[]): string[] {
  return letters
    .filter(({ code }) => !dueCodes.test(code))
    .map(({ txn, code }) => `PC ${pc + 1}: transaction ${txn} was refused with ${code}`);
}
