import type { Overview } from '#shared/contract/schemas.ts';
import { t } from '../../i18n/translate.ts';
import { formatMoney, formatPercent, formatWeekday } from '../../ui/format.ts';

type Today = Overview['today'];

/** The line under today's revenue: sales, and how it compares with the same weekday last week. */
export function todayText(today: Today, now: number): string {
  const { sales: n, revenue, lastWeek } = today;
  if (lastWeek === null || lastWeek === 0) return t('overview.sales', { n });
  const change = revenue / lastWeek - 1;
  const day = formatWeekday(now);
  const percent = formatPercent(Math.abs(change));
  if (Math.abs(change) < 0.0005) return t('overview.sales.same', { n, day });
  return change > 0 ? t('overview.sales.more', { n, day, percent }) : t('overview.sales.less', { n, day, percent });
}

/** The hours worth drawing: 06 to 22, wider where something was sold outside of them. Ends are inclusive. */
export function openHours(hours: readonly number[]): { from: number; to: number } {
  const first = hours.findIndex((revenue) => revenue > 0);
  const last = hours.findLastIndex((revenue) => revenue > 0);
  return { from: first === -1 ? 6 : Math.min(6, first), to: Math.max(22, last) };
}

/** What the hour chart shows, in words. */
export function hoursText(hours: readonly number[]): string {
  const top = Math.max(0, ...hours);
  if (top === 0) return t('overview.hours.none');
  return t('overview.hours', { hour: String(hours.indexOf(top)).padStart(2, '0'), amount: formatMoney(top) });
}
