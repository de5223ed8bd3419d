import type { Overview } from '#shared/contract/schemas.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { AreaChart } from '../../ui/area-chart.tsx';
import { Blank } from '../../ui/blank.tsx';
import { formatMoney } from '../../ui/format.ts';
import { Card } from '../../ui/page.tsx';
import css from './overview.module.css';
import { hoursText, openHours, todayText } from './today.ts';

const noHours = Array.from({ length: 24 }, () => 0);

/** Today's revenue at this store, by hour. */
export function TodayCard({ today }: { today: Overview['today'] | undefined }) {
  const now = useNow(60_000);
  const hours = today?.hours ?? noHours;
  const { from, to } = openHours(hours);
  const quarter = (to - from) / 4;
  const ticks = [0, 1, 2, 3, 4].map((step) => String(Math.round(from + step * quarter)).padStart(2, '0'));
  return (
    <Card title={t('overview.today')}>
      <p className={css['figure']} data-testid="today-revenue">
        {today === undefined ? <Blank width={150} height={26} /> : formatMoney(today.revenue)}
      </p>
      <p className={css['under']}>{today === undefined ? <Blank width={220} /> : todayText(today, now)}</p>
      <AreaChart
        label={hoursText(hours)}
        series={today === undefined ? [] : [{ tone: 'accent', values: hours.slice(from, to + 1) }]}
        ticks={ticks}
        height={76}
      />
    </Card>
  );
}
