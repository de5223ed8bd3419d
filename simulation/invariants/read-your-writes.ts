import { isTableName, tableOf } from '#shared/register.ts';
import { delta, isAdded, type Values } from '#shared/sync/rebase.ts';
import type { LoggedOperation } from '../pc/view.ts';
import { same, type OutsideInvariant } from './types.ts';

/** What a person did stays visible to them until the cloud has decided. */
export const readYourWrites: OutsideInvariant = {
  name: 'read your writes',
  numbers: [5],
  promise: "a PC never loses sight of its own write before the cloud's verdict",
  when: 'step',
  *check({ world: { ledger }, effect }) {
    for (const { index, view } of effect.touched)
      for (const [key, open] of view.open) {
        // a verdict that went down with the cloud's later state is shown until the row has been read again
        const decided = open.some(({ txn }) => ledger.txns.get(ledger.keyOf(index, txn))?.heard);
        if (decided && [...view.bootstraps.values()].includes('rewound')) continue;
        const row = view.rows.get(key);
        const wrong = lost(key, open, row) ?? miscounted(key, open, row, view.shadows.get(key));
        if (wrong) yield `PC ${index + 1}: ${key} ${wrong}`;
      }
  },
};

/** Policies whose merge follows from the values: a PC shows their result, not what was typed. */
const computed: ReadonlySet<string> = new Set(['add', 'max', 'min', 'union', 'state']);

function lost(key: string, open: readonly LoggedOperation[], row: Values | undefined): string | null {
  const last = open.at(-1);
  if (last?.op === 'D') return row ? 'is visible, though it was deleted here' : null;
  const since = open.slice(open.findLastIndex(({ op }) => op === 'D') + 1);
  // an update of a row that somebody else deleted has nothing to show
  if (!row) return since.some(({ op }) => op === 'I') ? 'was made here and is gone' : null;
  const table = key.slice(0, key.indexOf('/'));
  if (!isTableName(table)) return null;
  const expected: Record<string, unknown> = {};
  for (const { after } of since) Object.assign(expected, after);
  const wrong = Object.keys(expected).find(
    (name) => !computed.has(tableOf(table).columns[name]?.policy ?? '') && !same(row[name], expected[name]),
  );
  return wrong ? `shows ${wrong} ${String(row[wrong])}, ${String(expected[wrong])} was written here` : null;
}

/** What adds up shows the cloud's figure with everything that was added here. */
function miscounted(
  key: string,
  open: readonly LoggedOperation[],
  row: Values | undefined,
  image: Values | null | undefined,
): string | null {
  const table = key.slice(0, key.indexOf('/'));
  if (!row || !image || !isTableName(table) || open.some(({ op }) => op === 'D')) return null;
  for (const name of Object.keys(row)) {
    if (!isAdded(table, name)) continue;
    const due = open.reduce((sum, { after, before }) => sum + delta(after, before, name), Number(image[name]));
    if (row[name] !== due) return `shows ${name} ${String(row[name])}, ${due} was due`;
  }
  return null;
}
