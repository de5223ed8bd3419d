import { z } from 'zod';
import { ok } from '#shared/result.ts';
import { askReader, cachedFigures, ownStore } from '../ask.ts';
import { kit } from '../deps.ts';
import {
  centavos,
  inUnits,
  percent,
  productField,
  shownSpan,
  spanArguments,
  spanFields,
  spanOf,
  units,
} from '../fields.ts';
import { trendGroups } from '../figures/trends.ts';

const reading = { destructive: false, idempotent: true, openWorld: false } as const;

const trendOutput = z.object({
  days: z.array(
    z.object({
      day: z.string(),
      revenue_centavos: centavos,
      sales: z.int(),
      mean_7_days_centavos: centavos.nullable(),
      mean_28_days_centavos: centavos.nullable(),
    }),
  ),
  volatility: z.number().nullable().describe('Standard deviation of a day as a share of the mean.'),
  slope_centavos_per_day: centavos,
  weekdays: z.array(z.object({ weekday: z.string(), days: z.int(), mean_revenue_centavos: centavos.nullable() })),
  groups: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        revenue_centavos: centavos,
        previous_centavos: centavos,
        change_percent: z.number().nullable(),
        momentum: z.enum(['high', 'growing', 'stable', 'declining', 'new', 'gone']),
      }),
    )
    .describe('The last 7 full days against the 7 before.'),
});

export const analyzeTrends = kit.defineTool({
  name: 'analyze_trends',
  title: 'Trends',
  description:
    'How revenue develops over the full days up to yesterday: running means, volatility, the rhythm of the week, and which products, brands or categories gain or lose week on week.',
  hints: reading,
  access: 'read',
  input: z.object({
    days: z.int().min(7).max(366).default(28).describe('Full Manila days up to yesterday.'),
    by: z.enum(trendGroups).default('category').describe('What to compare week on week.'),
    top: z.int().min(1).max(100).default(20).describe('How many of them.'),
  }),
  output: trendOutput,
  trim: ['groups', 'days'],
  run: async ({ days, by, top }, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const { storeId } = own.value;
    const answer = await cachedFigures<z.output<typeof trendOutput>>(
      context,
      {
        storeId,
        key: `trends:${storeId}:${days}:${by}`,
        tables: ['transactions', 'transaction_items', 'products'],
        schema: trendOutput,
      },
      async (signal) => {
        const made = await askReader(context, 'trends', { storeId, now: context.now(), days, by }, signal);
        if (!made.ok) return made;
        const { days: series, volatility, slope, weekdays, groups } = made.value;
        return ok({
          days: series.map(({ day, revenue, sales, mean7, mean28 }) => ({
            day,
            revenue_centavos: revenue,
            sales,
            mean_7_days_centavos: mean7,
            mean_28_days_centavos: mean28,
          })),
          volatility,
          slope_centavos_per_day: slope,
          weekdays: weekdays.map(({ weekday, days: count, revenue }) => ({
            weekday,
            days: count,
            mean_revenue_centavos: count === 0 ? null : Math.round(revenue / count),
          })),
          groups: groups.slice(0, 100).map(({ id, name, revenue, before, change, momentum }) => ({
            id,
            name,
            revenue_centavos: revenue,
            previous_centavos: before,
            change_percent: change,
            momentum,
          })),
        });
      },
    );
    if (!answer.ok) return answer;
    return ok({ ...answer.value.value, groups: answer.value.value.groups.slice(0, top) });
  },
});

const rule = z.object({
  rank: z.int(),
  first: productField,
  second: productField,
  baskets: z.int().describe('Sales with both.'),
  support: z.number(),
  confidence: z.number().describe('Share of the sales with the first that have the second.'),
  lift: z.number().describe('1 is chance.'),
});
const basketSummary = {
  ...spanFields,
  baskets_in_all: z.int(),
  frequent: z
    .array(productField.extend({ baskets: z.int(), support: z.number() }))
    .describe('The ten products in most sales.'),
};
const basketFigures = z.object({ ...basketSummary, rules: z.array(rule) });

/** The most rules that are kept of one question. */
const mostRules = 5000;

export const analyzeBaskets = kit.defineListTool({
  name: 'analyze_baskets',
  title: 'Bought together',
  description:
    'Which products are bought together: pairs with support, confidence and true lift, both ways round, the highest lift first. Only pairs in at least 10 sales count. For shelf placement and bundles.',
  hints: reading,
  access: 'read',
  input: z.object({
    ...spanArguments,
    min_support: z.number().min(0).max(1).default(0.001).describe('Share of all sales a pair must be in, 0 to 1.'),
    min_together: z.int().min(10).max(1_000_000).default(10).describe('Sales a pair must be in.'),
  }),
  item: rule,
  key: z.tuple([z.int()]),
  keyOf: ({ rank }) => [rank],
  summary: z.object(basketSummary),
  run: async (args, { limit, after }, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const { storeId } = own.value;
    const span = spanOf(args, context.now());
    if (!span.ok) return span;
    const { min_support: minSupport, min_together: minTogether } = args;
    const answer = await cachedFigures<z.output<typeof basketFigures>>(
      context,
      {
        storeId,
        key: `baskets:${storeId}:${JSON.stringify([args.from, args.to, args.days, minSupport, minTogether])}`,
        tables: ['transactions', 'transaction_items', 'products'],
        schema: basketFigures,
      },
      async (signal) => {
        const made = await askReader(
          context,
          'baskets',
          { storeId, span: span.value, minSupport, minTogether },
          signal,
        );
        if (!made.ok) return made;
        return ok({
          ...shownSpan(span.value),
          baskets_in_all: made.value.baskets,
          frequent: made.value.products.slice(0, 10),
          rules: made.value.rules
            .slice(0, mostRules)
            .map(({ together, ...one }, index) => ({ rank: index + 1, ...one, baskets: together })),
        });
      },
    );
    if (!answer.ok) return answer;
    const { rules, ...summary } = answer.value.value;
    const begin = after?.[0] ?? 0;
    return ok({
      ...summary,
      items: rules.slice(begin, begin + limit),
      total: rules.length,
      more: rules.length > begin + limit,
    });
  },
});

const substitutionOutput = z.object({
  ...spanFields,
  lines: z.int(),
  substituted: z.int(),
  substituted_percent: z.number(),
  flows: z.array(
    z.object({
      asked: productField,
      given: productField,
      times: z.int(),
      qty: units,
      revenue_centavos: centavos,
      reasons: z.object({ stockout: z.int(), suggestion: z.int(), price: z.int(), unknown: z.int() }),
    }),
  ),
  products: z
    .array(
      productField.extend({
        lost: z.int(),
        gained: z.int(),
        net: z.int(),
        lost_revenue_centavos: centavos.describe('What was sold in its place.'),
        gained_revenue_centavos: centavos,
      }),
    )
    .describe('The greatest loser first.'),
});

export const analyzeSubstitutions = kit.defineTool({
  name: 'analyze_substitutions',
  title: 'Substitutions',
  description:
    'Which products were given in place of others, how often and why: what each product lost to and gained from others. Shows what stock-outs cost.',
  hints: reading,
  access: 'read',
  input: z.object({
    ...spanArguments,
    top: z.int().min(1).max(100).default(20).describe('How many flows and products.'),
  }),
  output: substitutionOutput,
  trim: ['products', 'flows'],
  run: async (args, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const { storeId } = own.value;
    const span = spanOf(args, context.now());
    if (!span.ok) return span;
    const answer = await cachedFigures<z.output<typeof substitutionOutput>>(
      context,
      {
        storeId,
        key: `substitutions:${storeId}:${JSON.stringify([args.from, args.to, args.days])}`,
        tables: ['transactions', 'transaction_items', 'products'],
        schema: substitutionOutput,
      },
      async (signal) => {
        const made = await askReader(context, 'substitutions', { storeId, span: span.value }, signal);
        if (!made.ok) return made;
        const { lines, substituted, flows, products } = made.value;
        return ok({
          ...shownSpan(span.value),
          lines,
          substituted,
          substituted_percent: lines === 0 ? 0 : percent(substituted / lines),
          flows: flows
            .slice(0, 100)
            .map(({ revenue, qty, ...flow }) => ({ ...flow, qty: inUnits(qty), revenue_centavos: revenue })),
          products: products.slice(0, 100).map(({ lostRevenue, gainedRevenue, ...product }) => ({
            ...product,
            net: product.gained - product.lost,
            lost_revenue_centavos: lostRevenue,
            gained_revenue_centavos: gainedRevenue,
          })),
        });
      },
    );
    if (!answer.ok) return answer;
    const { flows, products, ...rest } = answer.value.value;
    return ok({ ...rest, flows: flows.slice(0, args.top), products: products.slice(0, args.top) });
  },
});
