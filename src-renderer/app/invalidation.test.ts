import { describe, expect, it } from 'vitest';
import { createCoalescer, queriesTouchedBy } from './invalidation.ts';

describe('announced tables', () => {
  it('refresh the queries made of them, and the overview always', () => {
    expect(queriesTouchedBy(new Set(['products'])).toSorted()).toEqual([
      'conflicts.list',
      'overview.get',
      'products.list',
    ]);
    expect(queriesTouchedBy(new Set(['_queue'])).toSorted()).toEqual([
      'bundle.list',
      'overview.get',
      'queue.get',
      'queue.list',
      'sales.list',
      'status.get',
    ]);
    expect(queriesTouchedBy(new Set(['_import']))).toContain('import.get');
    expect(queriesTouchedBy(new Set(['_calls'])).toSorted()).toEqual(['services.calls']);
    expect(queriesTouchedBy(new Set(['_services'])).toSorted()).toEqual(['exports.get', 'services.get', 'tokens.list']);
    expect(queriesTouchedBy(new Set(['_calls', 'products']))).toContain('overview.get');
  });
});

describe('the coalescer', () => {
  function setUp() {
    const timers: (() => void)[] = [];
    const flushed: string[][] = [];
    const coalescer = createCoalescer({ setTimer: (run) => timers.push(run) }, 250, (items) =>
      flushed.push([...items]),
    );
    return { coalescer, flushed, tick: () => timers.shift()?.(), timers };
  }

  it('hands the first on at once and gathers the rest until the timer', () => {
    const { coalescer, flushed, tick } = setUp();
    coalescer.add(['products']);
    expect(flushed).toEqual([['products']]);
    coalescer.add(['customers']);
    coalescer.add(['products', 'customers']);
    expect(flushed).toHaveLength(1);
    tick();
    expect(flushed).toEqual([['products'], ['customers', 'products']]);
  });

  it('never loses the last one, and rests when nothing comes', () => {
    const { coalescer, flushed, tick, timers } = setUp();
    coalescer.add(['a']);
    coalescer.add(['b']);
    tick();
    tick();
    expect(timers).toHaveLength(0);
    expect(flushed).toEqual([['a'], ['b']]);
    coalescer.add(['c']);
    expect(flushed.at(-1)).toEqual(['c']);
  });
});
