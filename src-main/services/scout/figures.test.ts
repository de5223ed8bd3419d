/* Every figure against a count of its own over plain data, with the calendar of the runtime instead of ours. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { here } from '#main/shop/testing.ts';
import { ago, manila } from './testing/calendar.ts';
import { openScoutBench, type ScoutBench } from './testing/bench.ts';
import { type RandomShop, type ShopSale, writeRandomShop } from './testing/random-shop.ts';

const other = '0198c0de-0000-7000-8000-0000000050ff';
const dayHours = 24 * 3_600_000;
const sum = <T>(items: readonly T[], pick: (item: T) => number) => items.reduce((total, item) => total + pick(item), 0);

let bench: ScoutBench;
let shop: RandomShop;
let mine: ShopSale[];
let valid: ShopSale[];
beforeEach(() => {
  bench = openScoutBench(here);
});
afterEach(() => bench.end());
function fill(seed: number, count = 900): void {
  shop = writeRandomShop(bench.store, [here.storeId, other], bench.clock, seed, count);
  mine = shop.sales.filter((sale) => sale.store === here.storeId);
  valid = mine.filter((sale) => !sale.voided);
}
const nameOf = (id: string) => shop.products.find((product) => product.id === id)?.name;

describe.each([1, 2, 3])('with the random shop %i', (seed) => {
  beforeEach(() => fill(seed));

  it.each(['today', '7d', '28d'] as const)('the dashboard of %s is right to the centavo', async (timeframe) => {
    const days = { today: 1, '7d': 7, '28d': 28 }[timeframe];
    const today = manila(bench.clock).day;
    const first = ago(today, days - 1);
    const inside = (sale: ShopSale) => manila(sale.at).day >= first && sale.at <= bench.clock;
    const earlier = (sale: ShopSale) => inside({ ...sale, at: sale.at + days * dayHours });
    const now = valid.filter(inside);
    const before = valid.filter(earlier);
    const answer = await bench.call('get_dashboard', { timeframe, top: 5 });
    const products = new Map<string, { revenue: number; qty: number; sales: Set<string> }>();
    for (const sale of now)
      for (const line of sale.lines) {
        const known = products.get(line.product) ?? { revenue: 0, qty: 0, sales: new Set<string>() };
        known.revenue += line.total;
        known.qty += line.qty;
        known.sales.add(sale.id);
        products.set(line.product, known);
      }
    const top = [...products].sort(([, a], [, b]) => b.revenue - a.revenue).slice(0, 5);
    expect(answer).toMatchObject({
      revenue_centavos: sum(now, (sale) => sale.total),
      sales: now.length,
      basket_centavos: now.length === 0 ? null : Math.round(sum(now, (sale) => sale.total) / now.length),
      previous: { revenue_centavos: sum(before, (sale) => sale.total), sales: before.length },
      voided: {
        sales: mine.filter((sale) => sale.voided && inside(sale)).length,
        amount_centavos: sum(
          mine.filter((sale) => sale.voided && inside(sale)),
          (sale) => sale.total,
        ),
      },
      suggestions: {
        offered: now.filter(({ suggestion }) => suggestion === 'offered' || suggestion === 'accepted').length,
        accepted: now.filter(({ suggestion }) => suggestion === 'accepted').length,
      },
      top_products: top.map(([id, { revenue, qty, sales }]) => ({
        id,
        name: nameOf(id),
        revenue_centavos: revenue,
        qty: qty / 1000,
        sales: sales.size,
      })),
    });
    const partOf = ({ at }: ShopSale) => {
      const { hour } = manila(at);
      if (hour >= 22 || hour < 6) return 'night';
      return hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening';
    };
    expect(answer['dayparts']).toMatchObject(
      ['morning', 'afternoon', 'evening', 'night'].map((daypart) => {
        const same = now.filter((sale) => partOf(sale) === daypart);
        return { daypart, sales: same.length, revenue_centavos: sum(same, (sale) => sale.total) };
      }),
    );
    expect(answer['days']).toEqual(
      Array.from({ length: days }, (_, i) => ago(today, days - 1 - i)).map((day) => {
        const same = now.filter((sale) => manila(sale.at).day === day);
        return { day, sales: same.length, revenue_centavos: sum(same, (sale) => sale.total) };
      }),
    );
    expect(JSON.stringify(answer)).not.toContain('OTHER');
  });

  it('vitality is the weighted sum of its parts', async () => {
    const today = manila(bench.clock).day;
    const elapsed = bench.clock - Date.parse(`${today}T00:00:00+08:00`);
    const day = (name: string) => {
      const start = Date.parse(`${name}T00:00:00+08:00`);
      const sales = valid.filter(({ at }) => at >= start && at - start <= elapsed && manila(at).day === name);
      const offered = sales.filter(({ suggestion }) => suggestion === 'offered' || suggestion === 'accepted');
      return {
        revenue: sum(sales, (sale) => sale.total),
        sales: sales.length,
        breadth: new Set(sales.flatMap((sale) => sale.lines.map((line) => line.product))).size,
        offered: offered.length,
        accepted: offered.filter(({ suggestion }) => suggestion === 'accepted').length,
        engaged: sales.filter((sale) => offered.includes(sale) || sale.mode === 'verbal' || sale.customer !== null)
          .length,
      };
    };
    const now = day(today);
    const open = Array.from({ length: 28 }, (_, i) => day(ago(today, i + 1))).filter(({ sales }) => sales > 0);
    const mean = (pick: (one: typeof now) => number) => sum(open, pick) / open.length;
    const { vitality } = await bench.call<{ vitality: Record<string, number> }>('get_dashboard', {
      timeframe: 'today',
    });
    const parts = {
      revenue: now.revenue / mean(({ revenue }) => revenue),
      sales: now.sales / mean(({ sales }) => sales),
      breadth: now.breadth / mean(({ breadth }) => breadth),
      acceptance: now.offered === 0 ? null : now.accepted / now.offered,
      engagement: now.sales === 0 ? null : now.engaged / now.sales,
    };
    const weights = { revenue: 0.3, sales: 0.2, breadth: 0.2, acceptance: 0.2, engagement: 0.1 };
    let [score, weight] = [0, 0];
    for (const [name, part] of Object.entries(parts)) {
      if (part === null) continue;
      score += part * weights[name as keyof typeof weights];
      weight += weights[name as keyof typeof weights];
      expect(vitality[name]).toBeCloseTo(part, 3);
    }
    expect(vitality['score']).toBeCloseTo((100 * score) / weight, 1);
  });

  it('trends, momentum and running means', async () => {
    const today = manila(bench.clock).day;
    const revenueOf = (day: string) =>
      sum(
        valid.filter(({ at }) => manila(at).day === day),
        (sale) => sale.total,
      );
    const days = Array.from({ length: 30 }, (_, i) => ago(today, 30 - i));
    const answer = await bench.call('analyze_trends', { days: 30, by: 'brand' });
    const meanOver = (end: string, count: number) =>
      Math.round(
        sum(
          Array.from({ length: count }, (_, i) => revenueOf(ago(end, i))),
          (n) => n,
        ) / count,
      );
    expect(answer['days']).toEqual(
      days.map((day) => ({
        day,
        revenue_centavos: revenueOf(day),
        sales: valid.filter(({ at }) => manila(at).day === day).length,
        mean_7_days_centavos: meanOver(day, 7),
        mean_28_days_centavos: meanOver(day, 28),
      })),
    );
    const weekOf = (from: number) => Array.from({ length: 7 }, (_, i) => ago(today, from + i));
    const brandOf = (id: string) => shop.products.find((product) => product.id === id)?.brand ?? '-';
    const brandRevenue = (brand: string, week: string[]) =>
      sum(
        valid.filter(({ at }) => week.includes(manila(at).day)),
        (sale) =>
          sum(
            sale.lines.filter(({ product }) => brandOf(product) === brand),
            (line) => line.total,
          ),
      );
    for (const group of answer['groups'] as {
      id: string;
      revenue_centavos: number;
      previous_centavos: number;
      change_percent: number | null;
    }[]) {
      const [now, before] = [brandRevenue(group.id, weekOf(1)), brandRevenue(group.id, weekOf(8))];
      expect(group).toMatchObject({ revenue_centavos: now, previous_centavos: before });
      expect(group.change_percent ?? 0).toBeCloseTo(before > 0 ? (100 * (now - before)) / before : 0, 1);
    }
  });

  it('substitutions: what was lost is what was gained', async () => {
    const from = ago(manila(bench.clock).day, 27);
    const lines = valid.filter(({ at }) => manila(at).day >= from).flatMap((sale) => sale.lines);
    const swapped = lines.filter(({ asked }) => asked !== null);
    const answer = await bench.call('analyze_substitutions', { top: 100 });
    expect(answer).toMatchObject({ lines: lines.length, substituted: swapped.length });
    const flows = answer['flows'] as {
      asked: { id: string };
      given: { id: string };
      times: number;
      revenue_centavos: number;
      reasons: Record<string, number>;
    }[];
    for (const flow of flows) {
      const same = swapped.filter(({ asked, product }) => asked === flow.asked.id && product === flow.given.id);
      const why = (reason: string) => same.filter((line) => line.reason === reason).length;
      expect(flow).toMatchObject({
        times: same.length,
        revenue_centavos: sum(same, (line) => line.total),
        reasons: { stockout: why('stockout'), suggestion: why('suggestion'), price: why('price') },
      });
      expect(sum(Object.values(flow.reasons), (n) => n)).toBe(same.length);
    }
    for (const product of answer['products'] as { id: string; lost: number; gained: number; net: number }[]) {
      const lost = swapped.filter(({ asked }) => asked === product.id).length;
      const gained = swapped.filter((line) => line.product === product.id).length;
      expect(product).toMatchObject({ lost, gained, net: gained - lost });
    }
  });

  it('baskets: support, confidence and lift of every pair', async () => {
    const from = ago(manila(bench.clock).day, 74);
    const baskets = valid
      .filter(({ at }) => manila(at).day >= from)
      .map((sale) => new Set(sale.lines.map((line) => line.product)))
      .filter((basket) => basket.size > 0);
    const having = (...ids: string[]) => baskets.filter((basket) => ids.every((id) => basket.has(id))).length;
    const answer = await bench.call('analyze_baskets', { days: 75, min_support: 0, limit: 100 });
    expect(answer['baskets_in_all']).toBe(baskets.length);
    expect(answer['total']).toBeGreaterThan(5);
    const rules = answer['items'] as {
      first: { id: string };
      second: { id: string };
      baskets: number;
      support: number;
      confidence: number;
      lift: number;
    }[];
    const ids = shop.products.map(({ id }) => id);
    const expected = ids.flatMap((a) => ids.filter((b) => a !== b && having(a, b) >= 10).map((b) => [a, b] as const));
    expect(answer['total']).toBe(expected.length);
    for (const { first, second, ...figures } of rules) {
      const [both, a, b] = [having(first.id, second.id), having(first.id), having(second.id)];
      expect(figures).toMatchObject({ baskets: both });
      expect(figures.support).toBeCloseTo(both / baskets.length, 10);
      expect(figures.confidence).toBeCloseTo(both / a, 10);
      expect(figures.lift).toBeCloseTo(both / baskets.length / (a / baskets.length) / (b / baskets.length), 8);
    }
  });

  it('stock: pace, cover, states and what to order', async () => {
    const today = manila(bench.clock).day;
    bench.store.apply({ tables: ['stock_levels'], origin: 'cloud' }, (db) => {
      for (const [i, { id }] of shop.products.entries())
        db.run(
          'INSERT INTO stock_levels (id, store_id, product_id, qty) VALUES (?, ?, ?, ?)',
          `l${i}`,
          here.storeId,
          id,
          (i % 6) * 40_000 * i,
        );
      db.run(
        'INSERT INTO stock_levels (id, store_id, product_id, qty) VALUES (?, ?, ?, 999999)',
        'lo',
        other,
        shop.products[0]?.id ?? '',
      );
    });
    const answer = await bench.call('stock_status', { limit: 100 });
    const items = answer['items'] as {
      name: string;
      id: string;
      state: string;
      on_hand: number;
      sold_per_day: number;
      cover_days: number | null;
      order: number;
      idle_days: number | null;
    }[];
    expect(items).toHaveLength(30);
    for (const item of items) {
      const lines = valid
        .filter(({ at }) => manila(at).day >= ago(today, 59))
        .flatMap((sale) => sale.lines.map((line) => ({ ...line, day: manila(sale.at).day })))
        .filter(({ product }) => product === item.id);
      const perDay =
        sum(
          lines.filter(({ day }) => day >= ago(today, 27)),
          (line) => line.qty,
        ) / 28_000;
      const last = lines
        .map(({ day }) => day)
        .sort()
        .at(-1);
      const idle = last === undefined ? null : Math.round((Date.parse(today) - Date.parse(last)) / dayHours);
      const cover = perDay > 0 ? item.on_hand / perDay : null;
      const state =
        cover !== null && item.on_hand <= 0
          ? 'out'
          : cover !== null && cover < 3
            ? 'reorder'
            : item.on_hand <= 0
              ? 'fine'
              : idle === null || idle >= 30
                ? 'dead'
                : idle >= 14
                  ? 'slow'
                  : cover !== null && cover > 60
                    ? 'overstock'
                    : 'fine';
      expect(item).toMatchObject({ state, idle_days: idle });
      expect(item.sold_per_day).toBeCloseTo(perDay, 3);
      const missing = state === 'out' || state === 'reorder';
      expect(item.order).toBe(missing ? Math.max(1, Math.ceil(perDay * 7 - item.on_hand - 1e-9)) : 0);
    }
    expect(await bench.call('stock_status', { search: 'product 7' })).toMatchObject({
      total: 1,
      items: [{ name: 'Product 7' }],
    });
  });
});

it('half past six in the morning in Manila is morning, and not the night of UTC', async () => {
  fill(9, 0);
  const at = Date.parse('2026-06-29T22:30:00Z');
  bench.store.apply({ tables: ['transactions'], origin: 'cloud' }, (db) =>
    db.run(
      `INSERT INTO transactions (id, store_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
       VALUES ('a', ?, '1', ?, ?, 'cash', 'x', 'x', 'x', 'none', 5250)`,
      here.storeId,
      at,
      at,
    ),
  );
  expect(await bench.call('get_dashboard')).toMatchObject({
    revenue_centavos: 5250,
    dayparts: [{ daypart: 'morning', revenue_centavos: 5250, share_percent: 100 }, {}, {}, { revenue_centavos: 0 }],
  });
});
