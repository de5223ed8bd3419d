import { z } from 'zod';
import { fail, ok } from '#shared/result.ts';
import { toolError } from '../../base/tool-error.ts';
import { askReader, cachedFigures, ownStore } from '../ask.ts';
import { kit } from '../deps.ts';
import { centavos, inUnits, spanArguments, spanOf, units } from '../fields.ts';
import { creditGrades } from '../figures/credit.ts';
import { stockStates } from '../figures/stock.ts';
import { manilaTime } from '../periods.ts';
import { storesHere } from './dashboard.ts';

const reading = { destructive: false, idempotent: true, openWorld: false } as const;

const stockItem = z.object({
  rank: z.int(),
  id: z.string(),
  name: z.string(),
  sku: z.string(),
  category: z.string(),
  unit: z.string(),
  state: z.enum(stockStates),
  on_hand: units,
  sold_per_day: z.number(),
  cover_days: z.number().nullable(),
  idle_days: z.int().nullable().describe('Days since the last sale; null: none in 60 days.'),
  order: units.describe('Whole units to order.'),
  order_cost_centavos: centavos,
  value_centavos: centavos.describe('What is there, at cost.'),
});
const stockSummary = {
  by_state: z.object(
    Object.fromEntries(stockStates.map((state) => [state, z.int()])) as Record<(typeof stockStates)[number], z.ZodInt>,
  ),
  order_cost_centavos: centavos,
  value_centavos: centavos,
};
const stockFigures = z.object({ ...stockSummary, all: z.array(stockItem) });

export const stockStatus = kit.defineListTool({
  name: 'stock_status',
  title: 'Stock and what to order',
  description:
    'How quickly products sell, how long the stock lasts, what to order, and what lies dead (no sale for 30 days), slow (14) or too much (over 60 days). The most urgent first. Also finds products by name.',
  hints: reading,
  access: 'read',
  input: z.object({
    state: z.enum(stockStates).optional().describe('Only products in this state.'),
    search: z.string().max(80).optional().describe('Part of a name, sku or category.'),
    days: z.int().min(7).max(60).default(28).describe('Days of sales the pace is taken from.'),
    reorder_days: z.int().min(1).max(60).default(3).describe('To be ordered when it lasts for fewer days.'),
    target_days: z.int().min(1).max(120).default(7).describe('Days an order should last.'),
  }),
  item: stockItem,
  key: z.tuple([z.int()]),
  keyOf: ({ rank }) => [rank],
  summary: z.object(stockSummary),
  run: async (args, { limit, after }, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const { storeId } = own.value;
    const { days, reorder_days: reorderDays, target_days: targetDays } = args;
    const answer = await cachedFigures<z.output<typeof stockFigures>>(
      context,
      {
        storeId,
        key: `stock:${storeId}:${days}:${reorderDays}:${targetDays}`,
        tables: ['transactions', 'transaction_items', 'products', 'stock_levels'],
        schema: stockFigures,
      },
      async (signal) => {
        const input = { storeId, now: context.now(), days, reorderDays, targetDays };
        const made = await askReader(context, 'stock', input, signal);
        if (!made.ok) return made;
        const items = made.value;
        const sum = (pick: (item: (typeof items)[number]) => number): number =>
          items.reduce((total, item) => total + pick(item), 0);
        const count = (state: string): number => items.filter((item) => item.state === state).length;
        return ok({
          by_state: Object.fromEntries(stockStates.map((state) => [state, count(state)])) as Record<
            (typeof stockStates)[number],
            number
          >,
          order_cost_centavos: sum(({ orderCost }) => orderCost),
          value_centavos: sum(({ value }) => value),
          all: items.map((item, index) => ({
            rank: index + 1,
            id: item.id,
            name: item.name,
            sku: item.sku,
            category: item.category,
            unit: item.unit,
            state: item.state,
            on_hand: inUnits(item.onHand),
            sold_per_day: Math.round(item.perDay) / 1000,
            cover_days: item.cover,
            idle_days: item.idleDays,
            order: inUnits(item.order),
            order_cost_centavos: item.orderCost,
            value_centavos: item.value,
          })),
        });
      },
    );
    if (!answer.ok) return answer;
    const { all, ...summary } = answer.value.value;
    const search = args.search?.trim().toLowerCase() ?? '';
    const matching = all.filter(
      (item) =>
        (args.state === undefined || item.state === args.state) &&
        (search === '' || `${item.name}\n${item.sku}\n${item.category}`.toLowerCase().includes(search)),
    );
    const rest = matching.filter(({ rank }) => rank > (after?.[0] ?? 0));
    return ok({ ...summary, items: rest.slice(0, limit), total: matching.length, more: rest.length > limit });
  },
});

const creditItem = z.object({
  rank: z.int(),
  id: z.string(),
  name: z.string(),
  balance_centavos: centavos,
  ageing_centavos: z.object({ upto_7: centavos, upto_14: centavos, upto_30: centavos, over_30: centavos }),
  oldest_days: z.int().nullable(),
  days_to_pay: z.number().nullable().describe('Mean days until a charge was paid.'),
  late: z.int().describe('Charges that took, or take, over 7 days.'),
  grade: z.enum(creditGrades).nullable(),
  limit_centavos: centavos,
  suggested_limit_centavos: centavos,
  last_payment: z.string().nullable(),
});
const creditSummary = { owed_centavos: centavos, customers_who_owe: z.int() };
const creditFigures = z.object({ ...creditSummary, all: z.array(creditItem) });

export const creditLedger = kit.defineListTool({
  name: 'credit_ledger',
  title: 'Credit (utang)',
  description:
    'Who owes how much, how old it is, and how well they pay: grade A within 3 days, B 7, C 14, D more. The largest balance first. Use before giving more credit.',
  hints: reading,
  access: 'read',
  quotesPeople: true,
  input: z.object({
    search: z.string().max(80).optional().describe('Part of a name.'),
    grade: z.enum(creditGrades).optional().describe('Only this grade.'),
    owing_only: z.boolean().default(true).describe('Leave out who owes nothing.'),
  }),
  item: creditItem,
  key: z.tuple([z.int()]),
  keyOf: ({ rank }) => [rank],
  summary: z.object(creditSummary),
  run: async (args, { limit, after }, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const { storeId } = own.value;
    const answer = await cachedFigures<z.output<typeof creditFigures>>(
      context,
      { storeId, key: `credit:${storeId}`, tables: ['credit_entries', 'customers'], schema: creditFigures },
      async (signal) => {
        const made = await askReader(context, 'credit', { storeId, now: context.now() }, signal);
        if (!made.ok) return made;
        const owing = made.value.filter(({ balance }) => balance > 0);
        return ok({
          owed_centavos: owing.reduce((total, { balance }) => total + balance, 0),
          customers_who_owe: owing.length,
          all: made.value.map((account, index) => ({
            rank: index + 1,
            id: account.id,
            name: account.name,
            balance_centavos: account.balance,
            ageing_centavos: {
              upto_7: account.ageing.upTo7,
              upto_14: account.ageing.upTo14,
              upto_30: account.ageing.upTo30,
              over_30: account.ageing.over30,
            },
            oldest_days: account.oldestDays,
            days_to_pay: account.daysToPay,
            late: account.late,
            grade: account.grade,
            limit_centavos: account.limit,
            suggested_limit_centavos: account.suggestedLimit,
            last_payment: account.lastPaymentAt === null ? null : manilaTime(account.lastPaymentAt),
          })),
        });
      },
    );
    if (!answer.ok) return answer;
    const { all, ...summary } = answer.value.value;
    const search = args.search?.trim().toLowerCase() ?? '';
    const matching = all.filter(
      (item) =>
        (!args.owing_only || item.balance_centavos > 0) &&
        (args.grade === undefined || item.grade === args.grade) &&
        item.name.toLowerCase().includes(search),
    );
    const rest = matching.filter(({ rank }) => rank > (after?.[0] ?? 0));
    return ok({ ...summary, items: rest.slice(0, limit), total: matching.length, more: rest.length > limit });
  },
});

/** A note's text in a list is cut after so many letters; the resource has all of it. */
const shownLetters = 600;

export const fetchTranscriptions = kit.defineListTool({
  name: 'fetch_transcriptions',
  title: 'Counter notes',
  description:
    'Finds counter notes by words, brand, region and days, newest first. Long notes are cut; pulser://scout/note/{id} has the whole text.',
  hints: reading,
  access: 'read',
  quotesPeople: true,
  input: z.object({
    words: z.string().min(1).max(200).optional().describe('All of these words; the last may be a beginning.'),
    brand: z.string().min(1).max(80).optional().describe('The brand as it was noted.'),
    region: z.string().min(1).max(80).optional().describe('The region as it was noted.'),
    store: z.string().min(1).max(60).optional().describe('Id of another store that this PC keeps. Default: this one.'),
    ...spanArguments,
  }),
  item: z.object({
    id: z.string(),
    at_ms: z.int(),
    at: z.string(),
    brand: z.string().nullable(),
    region: z.string().nullable(),
    language: z.string(),
    text: z.string(),
    sale: z.string().nullable(),
  }),
  key: z.tuple([z.int(), z.string()]),
  keyOf: ({ at_ms, id }): [number, string] => [at_ms, id],
  run: async (args, { limit, after }, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const storeId = args.store ?? own.value.storeId;
    if (storeId !== own.value.storeId && !storesHere(context, own.value.storeId).some(({ id }) => id === storeId)) {
      return fail(toolError('not-granted', `This PC does not keep a store '${storeId.slice(0, 60)}'.`));
    }
    const span = spanOf(args, context.now());
    if (!span.ok) return span;
    const { words, brand, region } = args;
    const made = await askReader(context, 'notes', { storeId, words, brand, region, span: span.value, limit, after });
    if (!made.ok) return made;
    return ok({
      ...made.value,
      items: made.value.items.map(({ at, text, metadata: _metadata, ...note }) => ({
        ...note,
        at_ms: at,
        at: manilaTime(at),
        text: text.length > shownLetters ? `${text.slice(0, shownLetters)}…` : text,
      })),
    });
  },
});
