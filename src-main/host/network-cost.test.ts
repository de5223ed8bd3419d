import { describe, expect, it, vi } from 'vitest';
import { watchNetworkCost } from './network-cost.ts';

describe('network cost', () => {
  it('tells what NetworkManager says, again and again, until it is stopped', async () => {
    const told: (boolean | null)[] = [];
    const later: (() => void)[] = [];
    const answers = ['u 1\n', 'u 4\n', 'u 3\n', null, 'nonsense', 'u 0\n'];
    const watch = watchNetworkCost({
      platform: 'linux',
      timers: { after: (_ms, work) => (later.push(work), () => undefined) },
      tell: (metered) => told.push(metered),
      run: () => Promise.resolve(answers.shift() ?? null),
    });
    for (let i = 1; i <= 6; i += 1) {
      await vi.waitFor(() => expect(told).toHaveLength(i));
      if (i < 6) later.at(-1)?.();
    }
    expect(told).toEqual([true, false, true, null, null, null]);
    watch.stop();
    watch.ask();
    expect(later).toHaveLength(6);
  });

  it('asks nobody where nobody can say it', () => {
    let asked = 0;
    const watch = watchNetworkCost({
      platform: 'win32',
      timers: { after: () => () => undefined },
      tell: () => undefined,
      run: () => Promise.resolve(String((asked += 1))),
    });
    watch.ask();
    expect(asked).toBe(0);
  });
});
