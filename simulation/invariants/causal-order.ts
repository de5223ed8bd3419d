import type { LocalTxn } from '../core/ledger.ts';
import type { Invariant } from './types.ts';

const keysOf = ({ operations }: LocalTxn): Set<string> =>
  new Set(operations.map(({ table, rowId }) => `${table}/${rowId}`));

/** What a PC did later to a row never reaches the cloud before what it did earlier, unless a person took the earlier one back. */
export const causalOrder: Invariant = {
  name: 'causal order',
  numbers: [4],
  promise:
    'the cloud never takes a change of a row before an earlier one of the same PC; behind a refused one it is held',
  when: 'step',
  *check({ world, effect }) {
    for (const { accepted } of effect.served) {
      for (const later of accepted) {
        const keys = keysOf(later);
        for (const earlier of world.ledger.txns.values()) {
          if (earlier.pc !== later.pc || earlier.txn >= later.txn || earlier.accepted || earlier.discarded) continue;
          const shared = [...keysOf(earlier)].find((key) => keys.has(key));
          if (shared)
            yield `PC ${later.pc + 1}: transaction ${later.txn} was accepted before ${earlier.txn}, both change ${shared}`;
        }
      }
    }
  },
};
