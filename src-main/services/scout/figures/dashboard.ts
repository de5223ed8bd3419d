import { manilaDayStart } from '#main/shop/manila.ts';
import type { ReaderContext } from '#main/store/readers/messages.ts';
import type { ReadableDb } from '#main/store/types.ts';
import {
  type Daypart,
  dayName,
  daypartOf,
  dayparts,
  daySpans,
  lastDays,
  type Span,
  spansOf,
  type Timeframe,
} from '../periods.ts';
import { productNames, saleLines, unknownProduct } from './sale-lines.ts';
import { type Vitality, type VitalityDay, vitalityOf } from './vitality.ts';

export type DashboardInput = {
  readonly storeId: string;
  readonly timeframe: Timeframe;
  /** Milliseconds UTC. */
  readonly now: number;
  readonly top: number;
};

/** Money in centavos, quantities in thousandths. */
export type Totals = { readonly revenue: number; readonly sales: number };
type TopProduct = { id: string; name: string; category: string; revenue: number; qty: number; sales: number };

export type DashboardFigures = {
  readonly span: Span;
  readonly totals: Totals & { readonly lines: number };
  readonly before: Totals;
  readonly voided: { readonly sales: number; readonly amount: number };
  readonly dayparts: readonly (Totals & { readonly daypart: Daypart })[];
  readonly days: readonly (Totals & { readonly day: string })[];
  readonly top: readonly TopProduct[];
  readonly suggestions: { readonly offered: number; readonly accepted: number };
  readonly vitality: Vitality;
};

/** Days before today that vitality compares with. */
const vitalityDays = 28;

/** The figures of one store for a timeframe, day by day in Manila. Sales that were taken back count nowhere but in `voided`. */
export function dashboard({ db, check }: ReaderContext, input: DashboardInput): DashboardFigures {
  const { storeId, timeframe, now } = input;
  const spans = spansOf(timeframe, now);
  const parts = new Map(dayparts.map((daypart) => [daypart, { daypart, revenue: 0, sales: 0 }]));
  const days: (Totals & { day: string })[] = [];
  const products = new Map<string, { revenue: number; qty: number; sales: number; last: number }>();
  const earlier: VitalityDay[] = [];
  let today = emptyDay;
  let lines = 0;
  const suggestions = { offered: 0, accepted: 0 };

  for (const { day, since, until } of daySpans(lastDays(vitalityDays + 1, now))) {
    check();
    const sales = salesOf(db, storeId, { since, until });
    const sold = saleLines(db, storeId, { since, until });
    const isToday = until === now + 1;
    // a day so far is compared with days so far
    const upTo = isToday ? until : since + now + 1 - manilaDayStart(now);
    const summed = sumDay(sales, sold, upTo);
    if (isToday) today = summed;
    else earlier.push(summed);
    if (since < spans.now.since) continue;
    const total = { day: dayName(day), revenue: 0, sales: sales.length };
    for (const sale of sales) {
      total.revenue += sale.total;
      const part = parts.get(daypartOf(sale.at));
      if (part) {
        part.revenue += sale.total;
        part.sales += 1;
      }
      if (sale.suggestion !== 'none') suggestions.offered += 1;
      if (sale.suggestion === 'accepted') suggestions.accepted += 1;
    }
    days.push(total);
    lines += sold.length;
    for (const [sale, , product, qty, amount] of sold) {
      const known = products.get(product) ?? { revenue: 0, qty: 0, sales: 0, last: 0 };
      known.revenue += amount;
      known.qty += qty;
      if (known.last !== sale) known.sales += 1;
      known.last = sale;
      products.set(product, known);
    }
  }
  check();
  const revenue = days.reduce((sum, day) => sum + day.revenue, 0);
  return {
    span: spans.now,
    totals: { revenue, sales: days.reduce((sum, day) => sum + day.sales, 0), lines },
    before: totalsOf(db, storeId, spans.before),
    voided: voidedOf(db, storeId, spans.now),
    dayparts: [...parts.values()],
    days,
    top: topProducts(db, products, input.top),
    suggestions,
    vitality: vitalityOf(today, earlier),
  };
}

type Sale = { readonly at: number; readonly total: number; readonly suggestion: string; readonly engaged: boolean };

function salesOf(db: ReadableDb, storeId: string, { since, until }: Span): Sale[] {
  return db
    .tuples<[number, number, string, string, string | null]>(
      `SELECT started_at, total, suggestion, request_mode, customer_id FROM transactions INDEXED BY transactions_store_time
       WHERE store_id = ? AND started_at >= ? AND started_at < ? AND voided_at IS NULL`,
      storeId,
      since,
      until,
    )
    .map(([at, total, suggestion, mode, customer]) => ({
      at,
      total,
      // what a newer version of another PC may call otherwise is no offer
      suggestion: suggestion === 'offered' || suggestion === 'accepted' ? suggestion : 'none',
      engaged: suggestion === 'offered' || suggestion === 'accepted' || mode === 'verbal' || customer !== null,
    }));
}

const emptyDay: VitalityDay = { revenue: 0, sales: 0, breadth: 0, offered: 0, accepted: 0, engaged: 0 };

function sumDay(sales: readonly Sale[], lines: ReturnType<typeof saleLines>, until: number): VitalityDay {
  const day = { ...emptyDay };
  for (const { at, total, suggestion, engaged } of sales) {
    if (at >= until) continue;
    day.revenue += total;
    day.sales += 1;
    if (suggestion !== 'none') day.offered += 1;
    if (suggestion === 'accepted') day.accepted += 1;
    if (engaged) day.engaged += 1;
  }
  const sold = new Set<string>();
  for (const [, at, product] of lines) if (at < until) sold.add(product);
  return { ...day, breadth: sold.size };
}

function totalsOf(db: ReadableDb, storeId: string, { since, until }: Span): Totals {
  const row = db.get<{ sales: number; revenue: number | null }>(
    `SELECT count(*) AS sales, sum(total) AS revenue FROM transactions
     WHERE store_id = ? AND started_at >= ? AND started_at < ? AND voided_at IS NULL`,
    storeId,
    since,
    until,
  );
  return { revenue: row?.revenue ?? 0, sales: row?.sales ?? 0 };
}

function voidedOf(db: ReadableDb, storeId: string, { since, until }: Span): DashboardFigures['voided'] {
  const row = db.get<{ sales: number; amount: number | null }>(
    `SELECT count(*) AS sales, sum(total) AS amount FROM transactions
     WHERE store_id = ? AND started_at >= ? AND started_at < ? AND voided_at IS NOT NULL`,
    storeId,
    since,
    until,
  );
  return { sales: row?.sales ?? 0, amount: row?.amount ?? 0 };
}

function topProducts(
  db: ReadableDb,
  sums: ReadonlyMap<string, { revenue: number; qty: number; sales: number }>,
  top: number,
): TopProduct[] {
  const names = productNames(db);
  return [...sums]
    .toSorted(([a, x], [b, y]) => y.revenue - x.revenue || (a < b ? -1 : 1))
    .slice(0, top)
    .map(([id, { revenue, qty, sales }]) => {
      const { name, category } = names.get(id) ?? unknownProduct;
      return { id, name, category, revenue, qty, sales };
    });
}
