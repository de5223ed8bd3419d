import type { LocalTxn } from '../core/ledger.ts';
import type { Invariant } from './types.ts';

/** What a PC did later to a row never reaches the cloud before what it did earlier, unless a person took the earlier one back. */
export const causalOrder: Invariant = {
  name: 'causal order',
  numbers: [4],
  promise:
    'the cloud never takes a change of a row, or one that refers to it, before an earlier one that waits; behind a refused one it is held',
  when: 'step',
  *check({ world, effect }) {
    for (const { accepted, call } of effect.served) {
      const log = accepted.length > 0 ? world.ledger.logOf(call.pc) : [];
      for (const later of accepted)
        for (const earlier of log) {
          if (earlier.txn >= later.txn || earlier.accepted || earlier.discarded) continue;
          // what only refers to the rows of a refused one may pass
          const touched = earlier.refused ? rowsOf(later) : needsOf(later);
          const shared = [...rowsOf(earlier)].find((id) => touched.has(id));
          if (shared)
            yield `PC ${later.pc + 1}: transaction ${later.txn} was accepted before ${earlier.txn}, both are about ${shared}`;
        }
    }
  },
};

function rowsOf({ operations }: LocalTxn): Set<string> {
  return new Set(operations.map(({ rowId }) => rowId));
}

/** Rows that a transaction changes or refers to. */
function needsOf({ operations }: LocalTxn): Set<string> {
  const ids = operations.flatMap(({ rowId, after }) => [rowId, ...Object.values(after ?? {})]);
  return new Set(ids.filter((value) => typeof value === 'string'));
}
