import type { ReaderContext } from '#main/store/readers/messages.ts';
import { type Daypart, daypartOf, dayparts, daySpans, type Span } from '../periods.ts';

export type ChainInput = {
  readonly stores: readonly { readonly id: string; readonly name: string }[];
  readonly now: Span;
  readonly before: Span;
};

/** One store of many. Money in centavos. */
export type ChainStore = {
  readonly id: string;
  readonly name: string;
  readonly revenue: number;
  readonly sales: number;
  readonly before_revenue: number;
  readonly before_sales: number;
  readonly voided_sales: number;
  readonly voided_amount: number;
  readonly dayparts: readonly { readonly daypart: Daypart; readonly revenue: number; readonly sales: number }[];
};

/** The same figures as the cloud's scout_totals, from the rows that this PC keeps. Largest revenue first. */
export function chain({ db, check }: ReaderContext, { stores, now, before }: ChainInput): ChainStore[] {
  return stores
    .map(({ id, name }): ChainStore => {
      const parts = new Map(dayparts.map((daypart) => [daypart, { daypart, revenue: 0, sales: 0 }]));
      const sums = { revenue: 0, sales: 0, voided_sales: 0, voided_amount: 0 };
      for (const { since, until } of daySpans(now)) {
        check();
        const sales = db.tuples<[number, number, number | null]>(
          'SELECT started_at, total, voided_at FROM transactions WHERE store_id = ? AND started_at >= ? AND started_at < ?',
          id,
          since,
          until,
        );
        for (const [at, total, voided] of sales) {
          if (voided !== null) {
            sums.voided_sales += 1;
            sums.voided_amount += total;
            continue;
          }
          sums.sales += 1;
          sums.revenue += total;
          const part = parts.get(daypartOf(at));
          if (part) {
            part.sales += 1;
            part.revenue += total;
          }
        }
      }
      const earlier = db.get<{ sales: number; revenue: number | null }>(
        `SELECT count(*) AS sales, sum(total) AS revenue FROM transactions
         WHERE store_id = ? AND started_at >= ? AND started_at < ? AND voided_at IS NULL`,
        id,
        before.since,
        before.until,
      );
      return {
        id,
        name,
        ...sums,
        before_revenue: earlier?.revenue ?? 0,
        before_sales: earlier?.sales ?? 0,
        dayparts: [...parts.values()],
      };
    })
    .toSorted((x, y) => y.revenue - x.revenue || (x.id < y.id ? -1 : 1));
}
