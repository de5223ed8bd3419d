import { revocationWaits } from '../core/effect.ts';
import type { Invariant } from './types.ts';

/** Whatever the network does, the engine never blames itself, and never takes an honest PC for a copy. */
export const noFaultsOfItsOwn: Invariant = {
  name: 'no faults of its own',
  numbers: [10],
  promise: 'no failure is a bug, and no PC that was neither copied nor restored is called a copy',
  when: 'step',
  *check({ effect }) {
    for (const pc of effect.touched) {
      yield* pc.bugs.splice(0).map((bug) => `PC ${pc.index + 1}: ${bug}`);
      // what a verification mends in passing was broken by somebody
      const mended = pc.store.read.get<{ n: number }>(
        `SELECT count(*) AS n FROM _verifications WHERE outcome = 'repaired'`,
      );
      if (mended && mended.n > 0) yield `PC ${pc.index + 1}: a verification had to mend something`;
      if (pc.caller.deviceId !== pc.enrolledAs)
        yield `PC ${pc.index + 1} took itself for a copy and became another device`;
      const failure = pc.daemon.status().failure;
      if (failure && ['sync-broken', 'forked', 'update-needed', 'internal'].includes(failure.code))
        yield `PC ${pc.index + 1}: ${failure.code} (${failure.detail ?? ''})`;
      if (failure?.code === 'cloud-rude' && !failure.detail?.startsWith('simulated'))
        yield `PC ${pc.index + 1}: ${failure.detail ?? failure.code}`;
    }
  },
};

/** Writers of different rows do not wait for each other: the feed is sealed at commit. */
export const writersDoNotWait: Invariant = {
  name: 'writers do not wait',
  numbers: [10],
  promise: 'people of the office who change different rows never wait for each other, nor does who removes a PC',
  when: 'step',
  *check({ world, effect }) {
    if (effect.outcome === revocationWaits) yield 'who removes a PC waits for somebody who changes rows';
    for (const [i, { waiting }] of world.offices.entries())
      if (waiting) yield `office ${i + 1} waits for somebody who changes other rows`;
  },
};
