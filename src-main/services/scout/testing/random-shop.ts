import type { Store } from '#main/store/types.ts';
import { createRandom } from '#main/shop/sample/random.ts';

export type ShopSale = {
  readonly id: string;
  readonly store: string;
  readonly at: number;
  readonly total: number;
  readonly voided: boolean;
  readonly suggestion: string;
  readonly mode: string;
  readonly customer: string | null;
  readonly lines: readonly {
    readonly product: string;
    readonly qty: number;
    readonly total: number;
    readonly asked: string | null;
    readonly reason: string | null;
  }[];
};

/** What was written, as plain data, to count by other means. */
export type RandomShop = {
  readonly sales: readonly ShopSale[];
  readonly products: readonly { id: string; name: string; category: string; brand: string | null }[];
};

/**
 * Writes sales of two stores at random moments of the days before `until`, some exactly on the borders of Manila's days and dayparts, some voided,
 * some with substitutes; the second store's products and notes are marked.
 */
export function writeRandomShop(
  store: Store,
  stores: readonly [string, string],
  until: number,
  seed: number,
  count: number,
): RandomShop {
  const random = createRandom(seed);
  const products = Array.from({ length: 30 }, (_, i) => ({
    id: store.newId(),
    name: `Product ${i}`,
    category: `category ${i % 7}`,
    brand: i % 5 === 0 ? null : `brand ${i % 4}`,
  }));
  const sales: ShopSale[] = [];
  const hour = 3_600_000;
  const midnight = Math.floor((until + 8 * hour) / (24 * hour)) * 24 * hour - 8 * hour;
  for (let i = 0; i < count; i += 1) {
    const day = midnight - random.below(75) * 24 * hour;
    const border = ([0, 6, 12, 18, 22, 24][random.below(6)] ?? 0) * hour;
    const at = random.below(4) === 0 ? day + border - random.below(2) : day + random.below(24 * hour);
    if (at > until) continue;
    const lines = Array.from({ length: random.below(20) === 0 ? 0 : 1 + random.below(4) }, () => {
      const product = products[Math.floor(random.next() ** 2 * products.length)]?.id ?? '';
      const asked = random.below(6) === 0 ? (products[random.below(products.length)]?.id ?? null) : null;
      const swapped = asked === product ? null : asked;
      const reasons = ['stockout', 'suggestion', 'price', 'unknown', 'a new reason', null];
      return {
        product,
        qty: 500 * (1 + random.below(6)),
        total: 100 + random.below(20_000),
        asked: swapped,
        reason: swapped === null ? null : (reasons[random.below(6)] ?? null),
      };
    });
    sales.push({
      id: store.newId(),
      store: stores[random.below(4) === 0 ? 1 : 0],
      at,
      total: lines.reduce((sum, line) => sum + line.total, 0),
      voided: random.below(10) === 0,
      suggestion: ['none', 'none', 'offered', 'accepted', 'something new'][random.below(5)] as string,
      mode: ['verbal', 'pointing', 'unknown'][random.below(3)] as string,
      customer: random.below(5) === 0 ? 'c-1' : null,
      lines,
    });
  }
  store.apply({ tables: ['products', 'transactions', 'transaction_items'], origin: 'cloud' }, (db) => {
    for (const { id, name, category, brand } of products) {
      db.run(
        `INSERT INTO products (id, sku, name, brand, category, unit, price, cost, active) VALUES (?, ?, ?, ?, ?, 'pc', 1000, 700, 1)`,
        id,
        `S-${name}`,
        name,
        brand,
        category,
      );
    }
    for (const sale of sales) {
      db.run(
        `INSERT INTO transactions (id, store_id, number, started_at, ended_at, payment, customer_id, customer_type, request_mode, request_type,
           suggestion, total, voided_at, void_reason) VALUES (?, ?, ?, ?, ?, 'cash', ?, 'unknown', ?, 'unknown', ?, ?, ?, ?)`,
        sale.id,
        sale.store,
        `${sale.store === stores[0] ? '' : 'OTHER-'}${sale.id.slice(-6)}`,
        sale.at,
        sale.at,
        sale.customer,
        sale.mode,
        sale.suggestion,
        sale.total,
        sale.voided ? sale.at + 1 : null,
        sale.voided ? 'wrong' : null,
      );
      for (const [index, line] of sale.lines.entries()) {
        db.run(
          `INSERT INTO transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total, substituted_from,
             substitution_reason) VALUES (?, ?, ?, ?, ?, ?, 'pc', 1000, ?, ?, ?)`,
          store.newId(),
          sale.store,
          sale.id,
          index + 1,
          line.product,
          line.qty,
          line.total,
          line.asked,
          line.reason,
        );
      }
    }
  });
  return { sales, products };
}
