import { z } from 'zod';
import type { AppError } from '#shared/contract/errors.ts';
import { ok, type Result } from '#shared/result.ts';
import { lastSuccessAt } from '#main/store/queries.ts';
import { readHeld } from '#main/sync/scopes.ts';
import { askReader, cachedFigures, ownStore } from '../ask.ts';
import { type Context, kit } from '../deps.ts';
import { centavos, changePercent, inUnits, percent, shownSpan, spanFields, units } from '../fields.ts';
import type { ChainStore } from '../figures/chain.ts';
import type { DashboardFigures } from '../figures/dashboard.ts';
import { type Daypart, dayparts, manilaTime, spansOf, type Timeframe, timeframes } from '../periods.ts';

const shares = z.object({ revenue_centavos: centavos, sales: z.int() });
const score = z.number().nullable();

const figures = z.object({
  scope: z.enum(['this_store', 'all_stores']),
  store: z.string(),
  timeframe: z.enum(timeframes),
  ...spanFields,
  as_of: z.string().describe('When the figures were made.'),
  source: z.enum(['this_pc', 'cloud']),
  revenue_centavos: centavos,
  sales: z.int(),
  basket_centavos: centavos.nullable().describe('Mean of a sale.'),
  previous: shares.extend({ basket_centavos: centavos.nullable() }).describe('As long a time before.'),
  change_percent: z.object({ revenue: score, sales: score, basket: score }),
  voided: z.object({ sales: z.int(), amount_centavos: centavos }),
  dayparts: z.array(shares.extend({ daypart: z.enum(dayparts), share_percent: z.number() })),
  days: z.array(shares.extend({ day: z.string() })),
  top_products: z.array(shares.extend({ id: z.string(), name: z.string(), category: z.string(), qty: units })),
  suggestions: z.object({ offered: z.int(), accepted: z.int() }).optional(),
  vitality: z
    .object({ score, revenue: score, sales: score, breadth: score, acceptance: score, engagement: score })
    .optional()
    .describe('100: like the mean of the 28 days before, up to this time of day.'),
  stores: z.array(shares.extend({ id: z.string(), name: z.string(), revenue_change_percent: score })),
});
const output = figures.extend({
  last_sync: z.string().nullable().describe('Until when sales of other PCs and stores are surely in.'),
});
type Figures = z.output<typeof figures>;

export const getDashboard = kit.defineTool({
  name: 'get_dashboard',
  title: 'Dashboard',
  description:
    'Revenue, number and mean of sales, dayparts, best products and vitality for today, 7 or 28 days in Manila time, against as long a time before. Start here for "how are we doing". all_stores compares the stores this PC may see, from the cloud when it can be reached.',
  hints: { destructive: false, idempotent: true, openWorld: true },
  access: 'read',
  input: z.object({
    timeframe: z.enum(timeframes).default('today').describe('Manila days up to now.'),
    scope: z.enum(['this_store', 'all_stores']).default('this_store').describe('Which stores.'),
    top: z.int().min(0).max(50).default(10).describe('How many products to name.'),
  }),
  output,
  trim: ['top_products', 'days', 'stores'],
  run: async ({ timeframe, scope, top }, context) => {
    const answer = await (scope === 'this_store'
      ? ownDashboard(context, timeframe)
      : chainDashboard(context, timeframe));
    if (!answer.ok) return answer;
    const synced = lastSuccessAt(context.deps.store.read);
    return ok({
      ...answer.value,
      top_products: answer.value.top_products.slice(0, top),
      last_sync: synced === null ? null : manilaTime(synced),
    });
  },
});

/** The dashboard of this store, from the cache or made now, with 50 products. */
export async function ownDashboard(context: Context, timeframe: Timeframe): Promise<Result<Figures, AppError>> {
  const own = ownStore(context);
  if (!own.ok) return own;
  const { storeId, storeName } = own.value;
  const answer = await cachedFigures<Figures>(
    context,
    {
      storeId,
      key: `dashboard:${storeId}:${timeframe}`,
      tables: ['transactions', 'transaction_items', 'products'],
      schema: figures,
    },
    async (signal) => {
      const now = context.now();
      const made = await askReader(context, 'dashboard', { storeId, timeframe, now, top: 50 }, signal);
      return made.ok ? ok(shown(made.value, timeframe, storeName, now)) : made;
    },
  );
  return answer.ok ? ok(answer.value.value) : answer;
}

function mean(revenue: number, sales: number): number | null {
  return sales === 0 ? null : Math.round(revenue / sales);
}

/** What all dashboards say of their sums. */
function summed(now: { revenue: number; sales: number }, before: { revenue: number; sales: number }) {
  const [basket, earlier] = [mean(now.revenue, now.sales), mean(before.revenue, before.sales)];
  return {
    revenue_centavos: now.revenue,
    sales: now.sales,
    basket_centavos: basket,
    previous: { revenue_centavos: before.revenue, sales: before.sales, basket_centavos: earlier },
    change_percent: {
      revenue: changePercent(now.revenue, before.revenue),
      sales: changePercent(now.sales, before.sales),
      basket: basket === null || earlier === null ? null : changePercent(basket, earlier),
    },
  };
}

function shownParts(
  parts: readonly { daypart: Daypart; revenue: number; sales: number }[],
  revenue: number,
): Figures['dayparts'] {
  return parts.map((part) => ({
    daypart: part.daypart,
    revenue_centavos: part.revenue,
    sales: part.sales,
    share_percent: revenue === 0 ? 0 : percent(part.revenue / revenue),
  }));
}

function shown(made: DashboardFigures, timeframe: Timeframe, store: string, now: number): Figures {
  return {
    scope: 'this_store',
    store,
    timeframe,
    ...shownSpan(made.span),
    as_of: manilaTime(now),
    source: 'this_pc',
    ...summed(made.totals, made.before),
    voided: { sales: made.voided.sales, amount_centavos: made.voided.amount },
    dayparts: shownParts(made.dayparts, made.totals.revenue),
    days: made.days.map(({ day, revenue, sales }) => ({ day, revenue_centavos: revenue, sales })),
    top_products: made.top.map(({ id, name, category, revenue, qty, sales }) => ({
      id,
      name,
      category,
      revenue_centavos: revenue,
      qty: inUnits(qty),
      sales,
    })),
    suggestions: made.suggestions,
    vitality: made.vitality,
    stores: [],
  };
}

/** All stores that this PC may read: what the cloud says, or, where it cannot be reached, what is on this PC. */
async function chainDashboard(context: Context, timeframe: Timeframe): Promise<Result<Figures, AppError>> {
  const own = ownStore(context);
  if (!own.ok) return own;
  const { storeId } = own.value;
  const answer = await context.deps.cache.get<Figures, AppError>(
    { key: `scout:chain:${storeId}:${timeframe}`, tags: [`scout:${storeId}:transactions`], ttlMs: 60_000 },
    async (signal) => {
      const now = context.now();
      const spans = spansOf(timeframe, now);
      const cloud = await context.deps.askCloud(spans.now, spans.before);
      if (cloud.ok) return ok(shownChain(cloud.value, 'cloud', timeframe, now));
      const here = { stores: storesHere(context, storeId), now: spans.now, before: spans.before };
      const local = await askReader(context, 'chain', here, signal);
      return local.ok ? ok(shownChain(local.value, 'this_pc', timeframe, now)) : local;
    },
    context.signal,
  );
  return answer.ok ? ok(answer.value.value) : answer;
}

/** The stores whose rows this PC keeps and may read. */
export function storesHere({ deps }: Context, own: string): { id: string; name: string }[] {
  const scopes = new Set([`store:${own}`, ...(readHeld(deps.store.read)?.effective ?? [])]);
  return deps.store.read
    .all<{ id: string; name: string }>('SELECT id, name FROM stores ORDER BY name, id')
    .filter(({ id }) => scopes.has(`store:${id}`));
}

function shownChain(
  stores: readonly ChainStore[],
  source: 'cloud' | 'this_pc',
  timeframe: Timeframe,
  now: number,
): Figures {
  const sum = (pick: (store: ChainStore) => number): number => stores.reduce((total, store) => total + pick(store), 0);
  const revenue = sum((store) => store.revenue);
  const parts = dayparts.map((daypart) => {
    const same = stores.flatMap((store) => store.dayparts.filter((part) => part.daypart === daypart));
    const add = (pick: (part: { revenue: number; sales: number }) => number) =>
      same.reduce((total, part) => total + pick(part), 0);
    return { daypart, revenue: add((part) => part.revenue), sales: add((part) => part.sales) };
  });
  return {
    scope: 'all_stores',
    store: `${stores.length} ${stores.length === 1 ? 'store' : 'stores'}`,
    timeframe,
    ...shownSpan(spansOf(timeframe, now).now),
    as_of: manilaTime(now),
    source,
    ...summed(
      { revenue, sales: sum((store) => store.sales) },
      { revenue: sum((store) => store.before_revenue), sales: sum((store) => store.before_sales) },
    ),
    voided: { sales: sum((store) => store.voided_sales), amount_centavos: sum((store) => store.voided_amount) },
    dayparts: shownParts(parts, revenue),
    days: [],
    top_products: [],
    stores: stores.map((store) => ({
      id: store.id,
      name: store.name,
      revenue_centavos: store.revenue,
      sales: store.sales,
      revenue_change_percent: changePercent(store.revenue, store.before_revenue),
    })),
  };
}
