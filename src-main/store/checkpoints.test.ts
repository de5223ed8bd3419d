import { describe, expect, it } from 'vitest';
import { createCheckpoints } from './checkpoints.ts';
import type { RawDatabase } from './open-database.ts';

/** A clock and timers of the test's own, and a database that only counts. */
function world(move: () => void = () => undefined) {
  let now = 0;
  let moved = 0;
  const due: { at: number; work: () => void }[] = [];
  const raw = {
    pragma: () => {
      moved += 1;
      move();
    },
  } as unknown as RawDatabase;
  const checkpoints = createCheckpoints(raw, {
    now: () => now,
    after: (ms, work) => {
      const entry = { at: now + ms, work };
      due.push(entry);
      return () => due.splice(due.indexOf(entry), 1);
    },
  });
  const advance = (ms: number): void => {
    const until = now + ms;
    for (
      let next = due.toSorted((a, b) => a.at - b.at)[0];
      next && next.at <= until;
      next = due.toSorted((a, b) => a.at - b.at)[0]
    ) {
      due.splice(due.indexOf(next), 1);
      now = next.at;
      next.work();
    }
    now = until;
  };
  return { checkpoints, advance, moved: () => moved };
}

describe('createCheckpoints', () => {
  it('moves the log once after the last of many commits', () => {
    const { checkpoints, advance, moved } = world();
    for (let i = 0; i < 50; i += 1) {
      checkpoints.committed();
      advance(100);
    }
    expect(moved()).toBe(0);
    advance(1000);
    expect(moved()).toBe(1);
    advance(60_000);
    expect(moved()).toBe(1);
  });

  it('does not wait for ever while work goes on', () => {
    const { checkpoints, advance, moved } = world();
    for (let i = 0; i < 400; i += 1) {
      checkpoints.committed();
      advance(100);
    }
    expect(moved()).toBe(2);
  });

  it('tries again later when the disk refuses', () => {
    let full = true;
    const { checkpoints, advance, moved } = world(() => {
      if (full) throw new Error('disk full');
    });
    checkpoints.committed();
    advance(1000);
    expect(moved()).toBe(1);
    full = false;
    advance(20_000);
    expect(moved()).toBe(2);
    advance(60_000);
    expect(moved()).toBe(2);
  });

  it('does nothing after it was stopped', () => {
    const { checkpoints, advance, moved } = world();
    checkpoints.committed();
    checkpoints.stop();
    advance(60_000);
    expect(moved()).toBe(0);
  });
});
