import { dayMs, manilaDayStart, manilaOffsetMs } from '#main/shop/manila.ts';

export const timeframes = ['today', '7d', '28d'] as const;
export type Timeframe = (typeof timeframes)[number];

/** Milliseconds UTC; `until` is the first that is not in it. */
export type Span = { readonly since: number; readonly until: number };

const days: Readonly<Record<Timeframe, number>> = { today: 1, '7d': 7, '28d': 28 };

/**
 * The Manila days of a timeframe up to now, today included, and as long a time before it: yesterday up to the same time of day, or the 7 or 28 days
 * before up to the same time of their last day.
 */
export function spansOf(timeframe: Timeframe, now: number): { readonly now: Span; readonly before: Span } {
  const shift = days[timeframe] * dayMs;
  const since = manilaDayStart(now) - shift + dayMs;
  return { now: { since, until: now + 1 }, before: { since: since - shift, until: now + 1 - shift } };
}

/** The last so many Manila days, today included. */
export function lastDays(count: number, now: number): Span {
  return { since: manilaDayStart(now) - (count - 1) * dayMs, until: now + 1 };
}

/** Number of the Manila day since 1970. */
export function dayNumber(at: number): number {
  return Math.floor((at + manilaOffsetMs) / dayMs);
}

/** The Manila day of a day number, as YYYY-MM-DD. */
export function dayName(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** Hour of the day in Manila, 0 to 23. */
export function manilaHour(at: number): number {
  return Math.floor((at + manilaOffsetMs) / 3_600_000) % 24;
}

export const dayparts = ['morning', 'afternoon', 'evening', 'night'] as const;
export type Daypart = (typeof dayparts)[number];

/** Morning 06 to 12, afternoon 12 to 18, evening 18 to 22, night 22 to 06, in Manila. */
export function daypartOf(at: number): Daypart {
  const hour = manilaHour(at);
  if (hour < 6 || hour >= 22) return 'night';
  if (hour < 12) return 'morning';
  return hour < 18 ? 'afternoon' : 'evening';
}

/** A moment as people in Manila write it, to the second: 2026-03-10T06:30:00+08:00. */
export function manilaTime(at: number): string {
  return `${new Date(at + manilaOffsetMs).toISOString().slice(0, 19)}+08:00`;
}

/** Manila days that a span touches, as spans; the first and the last may be parts of a day. */
export function* daySpans({ since, until }: Span): Generator<Span & { readonly day: number }> {
  for (let start = manilaDayStart(since); start < until; start += dayMs) {
    yield { day: dayNumber(start), since: Math.max(start, since), until: Math.min(start + dayMs, until) };
  }
}
