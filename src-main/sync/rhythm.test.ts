import { describe, expect, it } from 'vitest';
import { createRhythm } from './rhythm.ts';

function rhythmAt(random = 0.999_999) {
  const time = { now: 1000 };
  const rhythm = createRhythm({ intervalMs: 15_000, random: () => random, clock: () => time.now });
  return { rhythm, time };
}
const online = { connected: true, metered: false };

describe('local commits', () => {
  it('are sent at once at the speed of a till, and gathered when they come faster', () => {
    const { rhythm, time } = rhythmAt();
    for (let sale = 0; sale < 50; sale += 1) {
      expect(rhythm.forCommit(false)).toBe(0);
      time.now += 250;
    }
    const waits = Array.from({ length: 12 }, () => rhythm.forCommit(false));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(10);
    expect(waits.at(-1)).toBeGreaterThan(0);
    expect(waits.at(-1)).toBeLessThanOrEqual(200);
    time.now += waits.at(-1) ?? 0;
    expect(rhythm.forCommit(false)).toBe(0);
    expect(rhythm.forCommit(false)).toBeGreaterThan(0);
  });

  it('are gathered for long where every byte costs', () => {
    expect(rhythmAt().rhythm.forCommit(true)).toBe(30_000);
  });
});

describe('asking the cloud', () => {
  it('slows down to a quarter while the cloud tells what is new, and no further', () => {
    const { rhythm } = rhythmAt();
    const waits = Array.from({ length: 8 }, () => Math.round(rhythm.afterRound(false, online)));
    expect(waits[0]).toBe(22_500);
    expect(waits.every((wait, i) => i === 0 || wait >= (waits[i - 1] ?? 0))).toBe(true);
    expect(waits.at(-1)).toBe(60_000);
  });

  it('is back at its rhythm when something moved or the channel is down', () => {
    for (const [moved, connected] of [
      [true, true],
      [false, false],
    ] as const) {
      const { rhythm } = rhythmAt();
      for (let i = 0; i < 8; i += 1) rhythm.afterRound(false, online);
      expect(Math.round(rhythm.afterRound(moved, { connected, metered: false }))).toBe(15_000);
    }
  });

  it('is jittered, and rare where every byte costs', () => {
    expect(rhythmAt(0).rhythm.afterRound(true, online)).toBe(12_000);
    expect(Math.round(rhythmAt().rhythm.afterRound(false, { connected: true, metered: true }))).toBe(300_000);
  });
});
