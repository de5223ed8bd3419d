import type { OutsideInvariant } from './types.ts';

/** Nobody sees what is not theirs, and a removed PC neither hears nor says anything more. */
export const isolation: OutsideInvariant = {
  name: 'isolation',
  numbers: [11],
  promise: 'no row of another store in any replica; a removed PC gets nothing and changes nothing',
  when: 'step',
  *check({ effect }) {
    for (const { index, view, scopes } of effect.touched)
      for (const [key, values] of view.rows) {
        const scope = key.startsWith('conflicts/')
          ? values['scope']
          : values['store_id'] === undefined
            ? 'chain'
            : `store:${String(values['store_id'])}`;
        if (!scopes.includes(String(scope))) yield `PC ${index + 1} has ${key} of ${String(scope)}`;
      }
    for (const { call, revokedBefore } of effect.served)
      if (revokedBefore && call.answer?.ok) yield `PC ${call.pc + 1} was removed, and ${call.name} still answered it`;
  },
};
