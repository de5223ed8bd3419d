import type { ReaderContext } from '#main/store/readers/messages.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { dayName, daySpans, lastDays, type Span } from '../periods.ts';
import { productNames, saleLines, unknownProduct } from './sale-lines.ts';

export const trendGroups = ['product', 'brand', 'category'] as const;

export type TrendsInput = {
  readonly storeId: string;
  /** Milliseconds UTC. Today is not over, so figures end with yesterday. */
  readonly now: number;
  /** Manila days up to yesterday. */
  readonly days: number;
  readonly by: (typeof trendGroups)[number];
};

/** `high`: up by more than a tenth and among the five that sell most; `growing`: up by more than a tenth; `declining`: down by more than a tenth. */
export type Momentum = 'high' | 'growing' | 'stable' | 'declining' | 'new' | 'gone';

export type TrendFigures = {
  readonly days: readonly {
    readonly day: string;
    readonly revenue: number;
    readonly sales: number;
    /** Mean revenue of a day over the last 7 and 28 days, in centavos; null before there are so many. */
    readonly mean7: number | null;
    readonly mean28: number | null;
  }[];
  /** Standard deviation of the revenue of a day, as a share of its mean; null without sales. */
  readonly volatility: number | null;
  /** Centavos by which the revenue of a day grows from one day to the next: the slope of the straight line that fits best. */
  readonly slope: number;
  /** By Manila weekday, Monday first. */
  readonly weekdays: readonly { readonly weekday: string; readonly days: number; readonly revenue: number }[];
  /** The last 7 days against the 7 before, what sells most first. */
  readonly groups: readonly {
    readonly id: string;
    readonly name: string;
    readonly revenue: number;
    readonly before: number;
    /** Percent; null when there was nothing before. */
    readonly change: number | null;
    readonly momentum: Momentum;
  }[];
};

const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** How a store develops: revenue by day with its running means, the rhythm of the week, and what gains or loses. */
export function trends({ db, check, progress }: ReaderContext, input: TrendsInput): TrendFigures {
  const yesterday = lastDays(1, input.now).since - 1;
  const span = lastDays(input.days, yesterday);
  // the means of the first days look further back
  const wide = lastDays(input.days + 27, yesterday);
  const days = daysOf(db, input.storeId, wide, check);
  const first = days.length - input.days;
  const revenues = days.map(({ revenue }) => revenue);
  const mean = (end: number, count: number): number | null =>
    end + 1 < count ? null : Math.round(revenues.slice(end + 1 - count, end + 1).reduce((a, b) => a + b, 0) / count);
  const shown = days.slice(first).map(({ day, revenue, sales }, index) => ({
    day: dayName(day),
    revenue,
    sales,
    mean7: mean(first + index, 7),
    mean28: mean(first + index, 28),
  }));
  progress(1, 2);
  return {
    days: shown,
    volatility: volatilityOf(revenues.slice(first)),
    slope: slopeOf(revenues.slice(first)),
    weekdays: weekdayNames.map((weekday, index) => {
      // day 0 was a Thursday
      const same = days.slice(first).filter(({ day }) => (day + 3) % 7 === index);
      return { weekday, days: same.length, revenue: same.reduce((sum, { revenue }) => sum + revenue, 0) };
    }),
    groups: groupsOf(
      db,
      input,
      { since: Math.max(span.since, lastDays(14, yesterday).since), until: span.until },
      check,
    ),
  };
}

function daysOf(
  db: ReadableDb,
  storeId: string,
  span: Span,
  check: () => void,
): { day: number; revenue: number; sales: number }[] {
  return [...daySpans(span)].map(({ day, since, until }) => {
    check();
    const row = db.get<{ sales: number; revenue: number | null }>(
      `SELECT count(*) AS sales, sum(total) AS revenue FROM transactions
       WHERE store_id = ? AND started_at >= ? AND started_at < ? AND voided_at IS NULL`,
      storeId,
      since,
      until,
    );
    return { day, revenue: row?.revenue ?? 0, sales: row?.sales ?? 0 };
  });
}

function volatilityOf(values: readonly number[]): number | null {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  if (!(mean > 0)) return null;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Math.round((1000 * Math.sqrt(variance)) / mean) / 1000;
}

function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  let [up, across] = [0, 0];
  for (const [x, y] of values.entries()) {
    up += (x - middle) * (y - mean);
    across += (x - middle) ** 2;
  }
  return across === 0 ? 0 : Math.round(up / across);
}

function groupsOf(
  db: ReadableDb,
  { storeId, by, now }: TrendsInput,
  span: Span,
  check: () => void,
): TrendFigures['groups'] {
  const names = productNames(db);
  const week = lastDays(7, lastDays(1, now).since - 1).since;
  const sums = new Map<string, { name: string; revenue: number; before: number }>();
  for (const day of daySpans(span)) {
    check();
    for (const [, at, product, , total] of saleLines(db, storeId, day)) {
      const known = names.get(product) ?? unknownProduct;
      const [id, name] =
        by === 'product' ? [product, known.name] : groupName(by === 'brand' ? known.brand : known.category);
      const group = sums.get(id) ?? { name, revenue: 0, before: 0 };
      if (at >= week) group.revenue += total;
      else group.before += total;
      sums.set(id, group);
    }
  }
  return [...sums]
    .toSorted(([a, x], [b, y]) => y.revenue - x.revenue || y.before - x.before || (a < b ? -1 : 1))
    .map(([id, group], rank) => {
      const change = group.before > 0 ? (100 * (group.revenue - group.before)) / group.before : null;
      return {
        id,
        ...group,
        change: change && Math.round(change * 10) / 10,
        momentum: momentumOf(group, change, rank),
      };
    });
}

function groupName(name: string | null): [string, string] {
  return name === null ? ['-', 'without a brand'] : [name, name];
}

function momentumOf({ revenue }: { revenue: number }, change: number | null, rank: number): Momentum {
  if (change === null) return 'new';
  if (revenue === 0) return 'gone';
  if (change > 10) return rank < 5 ? 'high' : 'growing';
  return change < -10 ? 'declining' : 'stable';
}
