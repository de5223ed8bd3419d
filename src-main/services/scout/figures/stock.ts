import type { ReaderContext } from '#main/store/readers/messages.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { dayNumber, daySpans, lastDays } from '../periods.ts';
import { saleLines } from './sale-lines.ts';

export const stockStates = ['out', 'reorder', 'dead', 'slow', 'overstock', 'fine'] as const;
export type StockState = (typeof stockStates)[number];

export type StockInput = {
  readonly storeId: string;
  /** Milliseconds UTC. */
  readonly now: number;
  /** Manila days, today included, whose sales say how quickly a product goes. */
  readonly days: number;
  /** With stock for fewer days than this a product is to be ordered again, for so many days. */
  readonly reorderDays: number;
  readonly targetDays: number;
};

/** Quantities in thousandths. */
export type StockItem = {
  readonly id: string;
  readonly name: string;
  readonly sku: string;
  readonly category: string;
  readonly unit: string;
  readonly onHand: number;
  readonly sold: number;
  /** Sold on a mean day, in thousandths, unrounded. */
  readonly perDay: number;
  /** Days that the stock lasts at that pace; null when nothing is sold. */
  readonly cover: number | null;
  /** Manila days since the last sale; null when none is known in the last 60. */
  readonly idleDays: number | null;
  readonly state: StockState;
  /** What to order, in whole units as thousandths; 0 for nothing. */
  readonly order: number;
  /** Centavos: what lies there at cost, and what the order would cost. */
  readonly value: number;
  readonly orderCost: number;
};

/** Days in which the last sale is looked for. */
const memoryDays = 60;
const deadDays = 30;
const slowDays = 14;
const overstockDays = 60;

/**
 * How quickly each active product goes and how long it lasts. `out`: nothing there, and it sells; `reorder`: it lasts for fewer than `reorderDays`;
 * `dead`: no sale for 30 days; `slow`: none for 14; `overstock`: it lasts for more than 60 days; else `fine`. The first that fits counts.
 */
export function stock({ db, check, progress }: ReaderContext, input: StockInput): StockItem[] {
  const { storeId, now, days, reorderDays, targetDays } = input;
  const since = lastDays(days, now).since;
  const sales = new Map<string, { sold: number; lastDay: number }>();
  const spans = [...daySpans(lastDays(Math.max(memoryDays, days), now))];
  for (const [done, day] of spans.entries()) {
    check();
    progress(done, spans.length);
    for (const [, at, product, qty] of saleLines(db, storeId, day)) {
      const known = sales.get(product) ?? { sold: 0, lastDay: 0 };
      if (at >= since) known.sold += qty;
      known.lastDay = dayNumber(at);
      sales.set(product, known);
    }
  }
  const today = dayNumber(now);
  const levels = levelsOf(db, storeId);
  return productsOf(db)
    .map(([id, name, sku, category, unit, cost]): StockItem => {
      const { sold, lastDay } = sales.get(id) ?? { sold: 0, lastDay: null };
      const onHand = levels.get(id) ?? 0;
      const perDay = sold / days;
      const cover = perDay > 0 ? Math.max(0, onHand) / perDay : null;
      const idleDays = lastDay === null ? null : today - lastDay;
      const state = stateOf(onHand, cover, idleDays, reorderDays);
      const order = state === 'out' || state === 'reorder' ? orderOf(perDay * targetDays - onHand) : 0;
      return {
        id,
        name,
        sku,
        category,
        unit,
        onHand,
        sold,
        perDay,
        cover: cover === null ? null : Math.round(cover * 10) / 10,
        idleDays,
        state,
        order,
        value: Math.round((Math.max(0, onHand) * cost) / 1000),
        orderCost: Math.round((order * cost) / 1000),
      };
    })
    .toSorted(byUrgency);
}

/** Whole units, as thousandths; never less than one. */
function orderOf(missing: number): number {
  return Math.max(1, Math.ceil(missing / 1000 - 1e-9)) * 1000;
}

function stateOf(onHand: number, cover: number | null, idleDays: number | null, reorderDays: number): StockState {
  if (cover !== null && onHand <= 0) return 'out';
  if (cover !== null && cover < reorderDays) return 'reorder';
  if (onHand <= 0) return 'fine';
  if (idleDays === null || idleDays >= deadDays) return 'dead';
  if (idleDays >= slowDays) return 'slow';
  return cover !== null && cover > overstockDays ? 'overstock' : 'fine';
}

function byUrgency(x: StockItem, y: StockItem): number {
  return (
    stockStates.indexOf(x.state) - stockStates.indexOf(y.state) ||
    // the quick ones first where something is missing, else what ties up most money
    (x.state === 'out' || x.state === 'reorder' ? y.perDay - x.perDay : y.value - x.value) ||
    (x.id < y.id ? -1 : 1)
  );
}

function levelsOf(db: ReadableDb, storeId: string): Map<string, number> {
  return new Map(
    db.tuples<[string, number]>(
      'SELECT product_id, sum(qty) FROM stock_levels WHERE store_id = ? GROUP BY product_id',
      storeId,
    ),
  );
}

function productsOf(db: ReadableDb): [string, string, string, string, string, number][] {
  return db.tuples('SELECT id, name, sku, category, unit, cost FROM products WHERE active = 1');
}
