import { Button } from '@mantine/core';
import type { Overview } from '#shared/contract/schemas.ts';
import { useCommand, useDo } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { AreaChart } from '../../ui/area-chart.tsx';
import { Blank } from '../../ui/blank.tsx';
import { formatBytes, formatPercent, formatTime } from '../../ui/format.ts';
import { Card } from '../../ui/page.tsx';
import { tellFailure } from '../../ui/toasts.tsx';
import { VerdictBadge } from '../status/verdict-badge.tsx';
import { verdictOf } from '../status/verification-text.ts';
import css from './overview.module.css';

/** What travelled in the last hour, and whether this PC holds the same as the cloud. */
export function RoundsCard({ overview }: { overview: Overview | undefined }) {
  const hour = overview?.lastHour;
  const now = useNow(60_000);
  const buckets = hour?.buckets ?? [];
  return (
    <Card title={t('overview.rounds')}>
      <AreaChart
        label={t('overview.rounds.chart', { sent: hour?.sent ?? 0, received: hour?.received ?? 0 })}
        series={[
          { tone: 'blue', values: buckets.map((bucket) => bucket.sent) },
          { tone: 'violet', values: buckets.map((bucket) => bucket.received), dashed: true },
        ]}
        ticks={
          buckets.length === 0
            ? ['\u00a0']
            : [buckets[0], buckets[6], buckets.at(-1)].flatMap((bucket) =>
                bucket === undefined ? [] : [formatTime(bucket.at, now)],
              )
        }
        height={64}
      />
      <ul className={css['list']}>
        <Figure
          name={t('overview.sent')}
          tone="blue"
          value={hour && t('overview.changes', { n: hour.sent, bytes: formatBytes(hour.bytesUp) })}
        />
        <Figure
          name={t('overview.received')}
          tone="violet"
          value={hour && t('overview.changes', { n: hour.received, bytes: formatBytes(hour.bytesDown) })}
        />
        <Figure
          name={t('overview.compressed')}
          value={hour && (hour.compression === null ? '–' : formatPercent(hour.compression))}
        />
        <li>
          <span>{t('overview.verify')}</span>
          <Verify />
        </li>
      </ul>
    </Card>
  );
}

type FigureProps = { name: string; value: string | undefined; tone?: 'blue' | 'violet' };

function Figure({ name, value, tone }: FigureProps) {
  return (
    <li>
      <span className={css['name']}>
        {tone === undefined ? null : <span className={css['key']} data-tone={tone} aria-hidden />}
        {name}
      </span>
      <span>{value ?? <Blank width={120} />}</span>
    </li>
  );
}

function Verify() {
  const verify = useDo('sync.verify');
  const history = useCommand('sync.verifications', { limit: 1 });
  const now = useNow(60_000);
  const verdict = history.data === undefined ? null : verdictOf(history.data.latest, verify.data);
  return (
    <span style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}>
      {verdict === null ? null : <VerdictBadge verdict={verdict} now={now} />}
      <Button
        size="compact-sm"
        loading={verify.isPending}
        onClick={() => verify.mutate({}, { onError: (error) => tellFailure(error.failure) })}
        data-testid="sync-verify"
      >
        {t('overview.verify.now')}
      </Button>
    </span>
  );
}
