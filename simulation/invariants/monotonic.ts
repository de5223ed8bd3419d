import type { Invariant } from './types.ts';

/** Nothing that a PC has seen is unseen again. */
export const monotonic: Invariant = {
  name: 'monotonic',
  numbers: [6],
  promise: 'row versions and cursors of a replica never fall, except by an explicit reset',
  when: 'step',
  *check({ effect }) {
    for (const { index, view, before } of effect.touched) {
      for (const [key, { version }] of before.versions) {
        const now = view.versions.get(key)?.version ?? 0;
        if (now < version) yield `PC ${index + 1}: ${key} went from version ${version} to ${now}`;
      }
      for (const [scope, position] of before.cursors) {
        const now = view.cursors.get(scope) ?? 0;
        if (now < position) yield `PC ${index + 1}: the cursor of ${scope} went from ${position} to ${now}`;
      }
    }
  },
};
