import { dayMs, manilaDayStart, manilaOffsetMs } from '../manila.ts';
import { categoryShares, type ProductSeed, sampleCatalogue, type SampleCategory } from './catalogue.ts';
import { createRandom, type Random } from './random.ts';

export type SampleSale = {
  /** Names the sale among those of a seed. */
  readonly key: string;
  /** Milliseconds UTC. */
  readonly at: number;
  readonly payment: 'cash' | 'gcash' | 'maya' | 'credit';
  /** Which of the sample customers bought on credit; null otherwise. */
  readonly customer: number | null;
  /** Quantities in thousandths. */
  readonly items: readonly { readonly product: ProductSeed; readonly qty: number }[];
};

export type SampleSalesOptions = {
  /** How many Manila days, the one of `until` included. */
  readonly days: number;
  /** No sale is later, in ms UTC. */
  readonly until: number;
  readonly seed: number;
  /** Sales of an ordinary day; 60 unless told. */
  readonly perDay?: number;
};

/**
 * Sales of past days with the shape of a real store: busy 6 to 9 and 17 to 20, more on weekends and paydays, mostly one cheap line. A day
 * follows from seed and date alone, so a longer span or a later `until` only adds sales. Ordered by time.
 */
export function sampleSales({ days, until, seed, perDay = 60 }: SampleSalesOptions): SampleSale[] {
  const shelves = new Map<string, ProductSeed[]>();
  for (const product of sampleCatalogue())
    shelves.set(product.category, [...(shelves.get(product.category) ?? []), product]);
  const today = manilaDayStart(until);
  const sales: SampleSale[] = [];
  for (let start = today - (days - 1) * dayMs; start <= today; start += dayMs) {
    sales.push(...salesOfDay(start, seed, perDay, shelves).filter((sale) => sale.at <= until));
  }
  return sales;
}

function salesOfDay(start: number, seed: number, perDay: number, shelves: Map<string, ProductSeed[]>): SampleSale[] {
  const dayNumber = Math.floor((start + manilaOffsetMs) / dayMs);
  const random = createRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(dayNumber, 0x85ebca6b));
  const count = Math.round(perDay * busyness(start) * (0.85 + random.next() * 0.3));
  const times = Array.from({ length: count }, () => start + timeOfDay(random)).toSorted((a, b) => a - b);
  return times.map((at, index) => {
    const payment = (['cash', 'gcash', 'maya', 'credit'] as const)[random.weighted([86, 8, 2, 4])] ?? 'cash';
    const customer = payment === 'credit' ? random.below(40) : null;
    return { key: `${dayNumber}-${index}`, at, payment, customer, items: basket(random, shelves) };
  });
}

/** Weekends sell a quarter more, the 15th and 30th two fifths. */
function busyness(start: number): number {
  const date = new Date(start + manilaOffsetMs);
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6 ? 1.25 : 1;
  return weekend * (date.getUTCDate() === 15 || date.getUTCDate() === 30 ? 1.4 : 1);
}

/** Shares of the hours from 6 to 21. */
const hourShares = [1.5, 1.5, 1.5, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 1.5, 1.5, 0.9, 0.6];

function timeOfDay(random: Random): number {
  return (6 + random.weighted(hourShares)) * 3_600_000 + random.below(3_600_000);
}

const categories = Object.keys(categoryShares) as SampleCategory[];
const shares = Object.values(categoryShares);

/** 58 % of sales have one line, 13 % two, 12 % three, 5 % four, 12 % five to ten. */
function lineCount(random: Random): number {
  const choice = random.weighted([58, 13, 12, 5, 12]);
  return choice < 4 ? choice + 1 : 5 + random.below(6);
}

function basket(random: Random, shelves: Map<string, ProductSeed[]>): SampleSale['items'] {
  const count = lineCount(random);
  const chosen = new Map<string, { product: ProductSeed; qty: number }>();
  // one sale in fifty is for somebody who sells on: ten of each
  const bulk = random.next() < 0.02 ? 10 : 1;
  while (chosen.size < count) {
    const shelf = shelves.get(categories[random.weighted(shares)] ?? 'other') ?? [];
    // the first of a shelf sell most: each next one a little less
    const product = shelf[random.weighted(shelf.map((_, index) => 1 / (index + 1) ** 1.3))];
    if (product && !chosen.has(product.id)) chosen.set(product.id, { product, qty: bulk * quantity(random, product) });
  }
  return [...chosen.values()];
}

function quantity(random: Random, product: ProductSeed): number {
  if (product.unit === 'kg') return [500, 1000, 2000, 5000][random.weighted([60, 33, 5, 2])] ?? 1000;
  if (product.price > 10_000) return 1000;
  return (1 + random.weighted([82, 9, 2, 0.5, 0.5])) * 1000;
}
