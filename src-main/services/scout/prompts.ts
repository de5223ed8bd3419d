import { ok } from '#shared/result.ts';
import { kit } from './deps.ts';
import { timeframes } from './periods.ts';

/** The values of a list that begin with what was typed. */
const among = (values: readonly string[]) => (typed: string) =>
  values.filter((value) => value.startsWith(typed.toLowerCase()));

export const whySlow = kit.definePrompt({
  name: 'why_is_today_slow',
  title: 'Why is today slow?',
  description: 'Looks for the reason of a weak day in the figures, and says what to do this afternoon.',
  args: [
    {
      name: 'timeframe',
      description: 'today, 7d or 28d; today when left out.',
      required: false,
      complete: among(timeframes),
    },
  ],
  render: ({ timeframe }) =>
    ok(
      `Find out why my store does worse than usual (${timeframe ?? 'today'}). Call get_dashboard for the figures and the dayparts, analyze_trends for weekdays and what declines, stock_status with state "out" and "reorder" for what is missing, analyze_substitutions for what customers asked for in vain, and sync_status to be sure that no other PC's sales are missing. Say in a few plain sentences what is really lower, the two or three most likely reasons with their figures, and what I can do today. Money in pesos. Say so where the figures do not tell.`,
    ),
});

export const whatToOrder = kit.definePrompt({
  name: 'what_to_order',
  title: 'What should I order?',
  description: 'A short order list within a budget.',
  args: [{ name: 'budget', description: 'Pesos that may be spent.', required: false }],
  render: ({ budget }) =>
    ok(
      `Write my order list. Call stock_status for what is out or to be ordered, page by page, and analyze_baskets for products that bring others along.${budget === undefined ? '' : ` I can spend ${budget.slice(0, 20)} pesos.`} List product, quantity and cost in pesos, the most important first, with the sum. Then name what lies dead or too much, and what to do with it.`,
    ),
});

export const whoToRemind = kit.definePrompt({
  name: 'who_to_remind',
  title: 'Who should I remind of their utang?',
  description: 'Who owes for long, with a friendly reminder for each.',
  args: [
    {
      name: 'language',
      description: 'en, fil or taglish.',
      required: false,
      complete: among(['en', 'fil', 'taglish']),
    },
  ],
  render: ({ language }) =>
    ok(
      `Call credit_ledger and tell me whom to remind first: who owes for more than 7 days, how much, and their grade. Write a short, friendly reminder for each (${language?.slice(0, 10) ?? 'taglish'}). Say to whom I should give no more credit for now, and why.`,
    ),
});

export const dayClose = kit.definePrompt({
  name: 'close_the_day',
  title: 'Close the day',
  description: 'A summary of the day to read in a minute.',
  args: [],
  render: () =>
    ok(
      'Sum up my day in the store: call get_dashboard (today, and 7d to compare), fetch_transcriptions of today for what customers said, and sync_status. Five sentences at most: revenue and sales against yesterday, the best daypart and product, anything odd (voids, notes), what to prepare for tomorrow. Money in pesos.',
    ),
});
