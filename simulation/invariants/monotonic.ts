import type { OutsideInvariant } from './types.ts';

/** Nothing that a PC has seen is unseen again. */
export const monotonic: OutsideInvariant = {
  name: 'monotonic',
  numbers: [6],
  promise: 'row versions and cursors of a replica never fall, except by an explicit reset',
  when: 'step',
  *check({ world, effect }) {
    for (const pc of effect.touched) {
      if (world.unaware.has(pc)) continue;
      const { index, view, before } = pc;
      const resets = before.bootstraps.size > 0 || view.bootstraps.size > 0;
      for (const [key, { version, deleted }] of before.versions) {
        const now = view.versions.get(key)?.version ?? 0;
        // a scope that is read from nothing forgets what is not there any more
        if (now === 0 && resets) continue;
        // a deletion is known for some weeks
        if (now === 0 && deleted && pc.mayForget) continue;
        if (now < version) yield `PC ${index + 1}: ${key} went from version ${version} to ${now}`;
      }
      for (const [scope, position] of before.cursors) {
        const now = view.cursors.get(scope) ?? (view.bootstraps.has(scope) ? position : 0);
        if (now < position) yield `PC ${index + 1}: the cursor of ${scope} went from ${position} to ${now}`;
      }
    }
  },
};
