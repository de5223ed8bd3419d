import type { Values } from '#shared/sync/rebase.ts';
import type { OutsideInvariant, Sight } from './types.ts';

/** A sale is seen with all its lines and stock movements, or not at all; on every PC and in the cloud. */
export const wholeSales: OutsideInvariant = {
  name: 'whole sales',
  numbers: [3],
  promise: 'no replica ever shows a sale without all its lines and stock movements',
  when: 'step',
  *check({ world, effect }) {
    for (const { index, view } of effect.touched)
      for (const wrong of torn(world, view.rows, view.bootstraps.size > 0)) yield `PC ${index + 1}: ${wrong}`;
    if (!effect.cloudMoved) return;
    const cloud = new Map<string, Values>();
    for (const [key, { image }] of world.mirror.rows) if (image) cloud.set(key, image);
    for (const wrong of torn(world, cloud, false)) yield `the cloud: ${wrong}`;
  },
};

function* torn(world: Sight['world'], rows: ReadonlyMap<string, Values>, arriving: boolean): Generator<string> {
  const lines = new Map<string, number>();
  const moves = new Map<string, number>();
  const sales: string[] = [];
  const count = (map: Map<string, number>, id: unknown) => map.set(String(id), (map.get(String(id)) ?? 0) + 1);
  for (const [key, values] of rows) {
    if (key.startsWith('transactions/')) sales.push(key.slice('transactions/'.length));
    else if (key.startsWith('transaction_items/')) count(lines, values['transaction_id']);
    else if (key.startsWith('stock_movements/') && values['kind'] === 'sale') count(moves, values['transaction_id']);
  }
  for (const id of sales) {
    const sale = world.ledger.sales.get(id);
    if (!sale) yield `a sale ${id} that nobody made`;
    else if ((lines.get(id) ?? 0) !== sale.lines) yield `sale ${id} with ${lines.get(id) ?? 0} of ${sale.lines} lines`;
    else if ((moves.get(id) ?? 0) !== sale.moves)
      yield `sale ${id} with ${moves.get(id) ?? 0} of ${sale.moves} stock movements`;
    lines.delete(id);
  }
  // a snapshot brings lines before their sale
  if (arriving) return;
  for (const [id, n] of lines) yield `${n} lines of a sale ${id} that is not there`;
}
