import { isAdded } from '#shared/sync/rebase.ts';
import { isTableName } from '#shared/register.ts';
import type { LoggedOperation } from '../pc/view.ts';
import type { OutsideInvariant } from './types.ts';

/** Stock in the cloud is the sum of what was accepted, as money in a bank. */
export const exactlyOnce: OutsideInvariant = {
  name: 'exactly once',
  numbers: [2],
  promise: 'every figure that adds up is the sum of the accepted changes, each counted once',
  when: 'step',
  *check({ world, effect }) {
    if (!effect.cloudMoved) return;
    const expected = new Map(world.ledger.officeDeltas);
    for (const { accepted, operations } of world.ledger.txns.values())
      if (accepted) for (const operation of operations) add(expected, operation);
    for (const [key, { image }] of world.mirror.rows) {
      if (!key.startsWith('stock_levels/')) continue;
      const id = key.slice('stock_levels/'.length);
      const qty = image?.['qty'];
      if (qty !== (expected.get(id) ?? 0))
        yield `stock level ${id} is ${qty}, accepted changes add up to ${expected.get(id) ?? 0}`;
      expected.delete(id);
    }
    for (const [id, qty] of expected)
      if (qty !== 0) yield `stock level ${id} is not in the cloud, accepted changes add up to ${qty}`;
  },
};

function add(sums: Map<string, number>, { table, rowId, op, after, before }: LoggedOperation): void {
  if (table !== 'stock_levels' || op === 'D' || !isTableName(table) || !isAdded(table, 'qty')) return;
  if (!after || !('qty' in after)) return;
  const change = Number(after['qty']) - (op === 'U' ? Number(before?.['qty'] ?? 0) : 0);
  sums.set(rowId, (sums.get(rowId) ?? 0) + change);
}
