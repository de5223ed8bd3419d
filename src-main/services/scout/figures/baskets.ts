import type { ReaderContext } from '#main/store/readers/messages.ts';
import { daySpans, type Span } from '../periods.ts';
import { productNames, saleLines, unknownProduct } from './sale-lines.ts';

export type BasketsInput = {
  readonly storeId: string;
  readonly span: Span;
  /** Share of all baskets, 0 to 1, that a pair must be in. */
  readonly minSupport: number;
  /** Baskets that a pair must be in. */
  readonly minTogether: number;
};

type Product = { readonly id: string; readonly name: string };

/** Who takes `first` also takes `second`. */
export type Rule = {
  readonly first: Product;
  readonly second: Product;
  /** Baskets with both. */
  readonly together: number;
  /** Share of all baskets with both. */
  readonly support: number;
  /** Of the baskets with `first`, the share that has `second`. */
  readonly confidence: number;
  /** P(both) / (P(first) P(second)): 1 is chance, 2 is twice as often as chance. */
  readonly lift: number;
};

export type BasketFigures = {
  readonly baskets: number;
  readonly products: readonly (Product & { readonly baskets: number; readonly support: number })[];
  readonly rules: readonly Rule[];
};

/** Baskets as numbers of products, each product once in a basket; `starts` says where each basket begins. */
type Packed = { readonly items: Int32Array; readonly starts: Int32Array; readonly ids: readonly string[] };

/** Baskets that are counted between two looks at whether the answer is still wanted. */
const slice = 20_000;

/**
 * Which products are bought together: every pair that is in at least `minTogether` baskets and in `minSupport` of all, both ways round, by lift. Counts
 * exactly: pairs are looked for only among products that are in enough baskets by themselves, which leaves out none.
 */
export function baskets({ db, check, progress }: ReaderContext, input: BasketsInput): BasketFigures {
  const packed = readBaskets({ db, check, progress }, input.storeId, input.span);
  const total = packed.starts.length - 1;
  const needed = Math.max(1, input.minTogether, Math.ceil(input.minSupport * total - 1e-9));
  const alone = countAlone(packed);
  const pairs = countPairs(packed, alone, needed, check);
  const names = productNames(db);
  const product = (index: number): Product => {
    const id = packed.ids[index] ?? '';
    return { id, name: (names.get(id) ?? unknownProduct).name };
  };
  const rules: Rule[] = [];
  for (const [pair, together] of pairs) {
    if (together < needed) continue;
    const a = Math.floor(pair / packed.ids.length);
    const b = pair % packed.ids.length;
    const [inA, inB] = [alone[a] ?? 0, alone[b] ?? 0];
    const shared = { together, support: together / total, lift: (together * total) / (inA * inB) };
    rules.push({ first: product(a), second: product(b), ...shared, confidence: together / inA });
    rules.push({ first: product(b), second: product(a), ...shared, confidence: together / inB });
  }
  const products = [...alone.keys()]
    .map((index) => ({ ...product(index), baskets: alone[index] ?? 0, support: (alone[index] ?? 0) / total }))
    .toSorted((x, y) => y.baskets - x.baskets || (x.id < y.id ? -1 : 1));
  return { baskets: total, products, rules: rules.toSorted(byLift) };
}

function byLift(x: Rule, y: Rule): number {
  return (
    y.lift - x.lift ||
    y.confidence - x.confidence ||
    (x.first.id === y.first.id ? (x.second.id < y.second.id ? -1 : 1) : x.first.id < y.first.id ? -1 : 1)
  );
}

function readBaskets({ db, check, progress }: ReaderContext, storeId: string, span: Span): Packed {
  const numbers = new Map<string, number>();
  const items: number[] = [];
  const starts: number[] = [];
  const days = [...daySpans(span)];
  for (const [done, day] of days.entries()) {
    check();
    progress(done, days.length);
    let sale = -1;
    let start = 0;
    // sales of the same moment may be mixed, so they are parted by their own number first
    for (const [of, , id] of saleLines(db, storeId, day).toSorted((x, y) => x[0] - y[0])) {
      if (of !== sale) {
        sale = of;
        start = items.length;
        starts.push(start);
      }
      let number = numbers.get(id);
      if (number === undefined) numbers.set(id, (number = numbers.size));
      if (!items.includes(number, start)) items.push(number);
    }
  }
  starts.push(items.length);
  return { items: Int32Array.from(items), starts: Int32Array.from(starts), ids: [...numbers.keys()] };
}

function countAlone({ items, ids }: Packed): Int32Array {
  const counts = new Int32Array(ids.length);
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}

/** Baskets by pair; a pair is the lesser number times the count of products plus the greater. */
function countPairs(
  { items, starts, ids }: Packed,
  alone: Int32Array,
  needed: number,
  check: () => void,
): Map<number, number> {
  const counts = new Map<number, number>();
  for (let basket = 0; basket + 1 < starts.length; basket += 1) {
    if (basket % slice === 0) check();
    const frequent: number[] = [];
    for (let at = starts[basket] ?? 0; at < (starts[basket + 1] ?? 0); at += 1) {
      const item = items[at] ?? 0;
      if ((alone[item] ?? 0) >= needed) frequent.push(item);
    }
    for (let i = 0; i < frequent.length; i += 1) {
      for (let k = i + 1; k < frequent.length; k += 1) {
        const [a, b] = [frequent[i] ?? 0, frequent[k] ?? 0];
        const pair = Math.min(a, b) * ids.length + Math.max(a, b);
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
  }
  return counts;
}
