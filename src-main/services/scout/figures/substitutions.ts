import type { ReaderContext } from '#main/store/readers/messages.ts';
import { daySpans, type Span } from '../periods.ts';
import { productNames, unknownProduct } from './sale-lines.ts';

export type SubstitutionsInput = { readonly storeId: string; readonly span: Span };

type Product = { readonly id: string; readonly name: string };

export type Flow = {
  /** What was asked for, and what was given instead. */
  readonly asked: Product;
  readonly given: Product;
  readonly times: number;
  /** Thousandths, and centavos of what was given. */
  readonly qty: number;
  readonly revenue: number;
  readonly reasons: {
    readonly stockout: number;
    readonly suggestion: number;
    readonly price: number;
    readonly unknown: number;
  };
};

export type SubstitutionFigures = {
  /** Lines in all, and those where something else was given. */
  readonly lines: number;
  readonly substituted: number;
  readonly flows: readonly Flow[];
  /** Lines that a product lost to others and gained from them, the greatest loss first. */
  readonly products: readonly (Product & {
    readonly lost: number;
    readonly gained: number;
    readonly lostRevenue: number;
    readonly gainedRevenue: number;
  })[];
};

const flowsSql = `
  SELECT i.substituted_from, i.product_id, coalesce(i.substitution_reason, 'unknown'), i.qty, i.line_total
  FROM transactions t INDEXED BY transactions_store_time CROSS JOIN transaction_items i ON i.transaction_id = t.id
  WHERE t.store_id = ? AND t.started_at >= ? AND t.started_at < ? AND t.voided_at IS NULL`;

/** Which products are given instead of which, and why. */
export function substitutions(
  { db, check, progress }: ReaderContext,
  { storeId, span }: SubstitutionsInput,
): SubstitutionFigures {
  const names = productNames(db);
  const product = (id: string): Product => ({ id, name: (names.get(id) ?? unknownProduct).name });
  const flows = new Map<string, Flow & { reasons: Record<string, number> }>();
  let [lines, substituted] = [0, 0];
  const days = [...daySpans(span)];
  for (const [done, { since, until }] of days.entries()) {
    check();
    progress(done, days.length);
    const rows = db.tuples<[string | null, string, string, number, number]>(flowsSql, storeId, since, until);
    lines += rows.length;
    for (const [asked, given, why, qty, revenue] of rows) {
      if (asked === null || asked === given) continue;
      substituted += 1;
      const key = `${asked} ${given}`;
      const flow = flows.get(key) ?? emptyFlow(product(asked), product(given));
      const reason = Object.hasOwn(flow.reasons, why) ? why : 'unknown';
      flows.set(key, {
        ...flow,
        times: flow.times + 1,
        qty: flow.qty + qty,
        revenue: flow.revenue + revenue,
        reasons: { ...flow.reasons, [reason]: (flow.reasons[reason] ?? 0) + 1 },
      });
    }
  }
  const sorted = [...flows.values()].toSorted((x, y) => y.times - x.times || y.revenue - x.revenue || order(x, y));
  return { lines, substituted, flows: sorted, products: productsOf(sorted) };
}

function emptyFlow(
  asked: Product,
  given: Product,
): Flow & {
  reasons: { stockout: number; suggestion: number; price: number; unknown: number } & Record<string, number>;
} {
  return { asked, given, times: 0, qty: 0, revenue: 0, reasons: { stockout: 0, suggestion: 0, price: 0, unknown: 0 } };
}

function order(x: Flow, y: Flow): number {
  return `${x.asked.id} ${x.given.id}` < `${y.asked.id} ${y.given.id}` ? -1 : 1;
}

function productsOf(flows: readonly Flow[]): SubstitutionFigures['products'] {
  const sums = new Map<
    string,
    { id: string; name: string; lost: number; gained: number; lostRevenue: number; gainedRevenue: number }
  >();
  const of = ({ id, name }: Product) => {
    const sum = sums.get(id) ?? { id, name, lost: 0, gained: 0, lostRevenue: 0, gainedRevenue: 0 };
    sums.set(id, sum);
    return sum;
  };
  for (const { asked, given, times, revenue } of flows) {
    const [loser, winner] = [of(asked), of(given)];
    loser.lost += times;
    loser.lostRevenue += revenue;
    winner.gained += times;
    winner.gainedRevenue += revenue;
  }
  return [...sums.values()].toSorted(
    (x, y) => y.lost - y.gained - (x.lost - x.gained) || y.lost - x.lost || (x.id < y.id ? -1 : 1),
  );
}
