import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '#main/store/types.ts';
import { testStore } from '#main/store/testing.ts';
import { createPauses, readPause } from './pause.ts';

const hour = 3_600_000;
const noon = 1_790_000_000_000;
const wall = { now: noon };
const steady = { now: 0 };
let store: Store;
let cleanup: () => void;
beforeEach(() => {
  wall.now = noon;
  steady.now = 0;
  ({ store, cleanup } = testStore({ now: () => wall.now }));
});
afterEach(() => cleanup());

const open = () => createPauses(store, () => steady.now);
function pass(ms: number): void {
  wall.now += ms;
  steady.now += ms;
}

describe('a pause', () => {
  it('ends at its end, also after a restart', () => {
    open().set(noon + hour, 'inventory');
    pass(hour / 2);
    steady.now = 0;
    const again = open();
    again.settle();
    expect(again.current()).toEqual({ until: noon + hour, reason: 'inventory' });
    pass(hour / 2);
    expect(again.current()).toBeNull();
    again.settle();
    expect(readPause(store.read, noon)).toBeNull();
  });

  it('without an end lasts until somebody ends it', () => {
    const pauses = open();
    pauses.set(null, 'moving');
    pass(1000 * hour);
    expect(pauses.current()).toMatchObject({ until: null, reason: 'moving' });
    pauses.end();
    expect(pauses.current()).toBeNull();
  });

  it('is no longer when the clock is set back by a year', () => {
    const pauses = open();
    pauses.set(noon + hour, 'inventory');
    wall.now -= 365 * 24 * hour;
    expect(pauses.current()).not.toBeNull();
    pass(hour - 1);
    expect(pauses.current()).not.toBeNull();
    pass(2);
    expect(pauses.current()).toBeNull();
    pauses.settle();
    expect(readPause(store.read, wall.now)).toBeNull();
  });

  it('takes its length once more after a restart with a clock that forgot the time', () => {
    open().set(noon + hour, 'inventory');
    wall.now = 0;
    const again = open();
    again.settle();
    expect(readPause(store.read, wall.now)).toEqual({ until: hour, reason: 'inventory' });
    pass(hour - 1);
    expect(again.current()).not.toBeNull();
    pass(1);
    expect(again.current()).toBeNull();
  });

  it('is over when the clock jumps past its end', () => {
    const pauses = open();
    pauses.set(noon + hour, 'inventory');
    wall.now += 2 * hour;
    expect(pauses.current()).toBeNull();
  });
});
