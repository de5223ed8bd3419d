import { Button, Progress } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import type { ImportProgress } from '#shared/contract/schemas.ts';
import { assertNever } from '#shared/result.ts';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { DataTable, type TableColumn } from '../../ui/data-table.tsx';
import { Failure } from '../../ui/failure.tsx';
import { formatBytes, formatCount, formatPercent } from '../../ui/format.ts';
import { Card } from '../../ui/page.tsx';
import { tellFailure } from '../../ui/toasts.tsx';
import css from './import.module.css';
import { fileName } from './inspection.ts';

type Bad = ImportProgress['bad'][number];

/** How far an import is, or how it ended, with every line that was not taken. */
export function ImportProgressCard({ progress }: { progress: ImportProgress }) {
  const cancel = useDo('import.cancel');
  const share = progress.bytesTotal === 0 ? 0 : progress.bytesDone / progress.bytesTotal;
  const running = progress.state === 'running';
  return (
    <Card title={fileName(progress.path)}>
      <div data-testid="import-progress" data-state={progress.state} className={css['progress']}>
        <p className={css['headline']} role="status" data-testid="import-headline">
          {headline(progress)}
        </p>
        <Progress.Root size={10} transitionDuration={120}>
          <Progress.Section
            value={share * 100}
            color={progress.state === 'failed' ? 'var(--pf-red)' : 'var(--pf-accent)'}
            aria-label={fileName(progress.path)}
          />
        </Progress.Root>
        <div className={css['below']}>
          <span className="dim num">
            {t('import.progress', { percent: formatPercent(share), bytes: formatBytes(progress.bytesTotal) })}
          </span>
          {running ? (
            <Button
              size="xs"
              leftSection={<IconPlayerStop size={14} />}
              loading={cancel.isPending}
              onClick={() => cancel.mutate({ id: progress.id }, { onError: (error) => tellFailure(error.failure) })}
              data-testid="import-cancel"
            >
              {t('import.cancel')}
            </Button>
          ) : null}
        </div>
        <dl className={css['figures']}>
          <Figure name={t('import.sales')} value={progress.sales} testId="import-sales" />
          <Figure name={t('import.lines')} value={progress.lines} testId="import-lines" />
          <Figure name={t('import.skipped')} value={progress.skipped} testId="import-skipped" />
          <Figure name={t('import.bad')} value={progress.badCount} testId="import-bad" />
        </dl>
        {progress.error === null ? null : <Failure failure={progress.error} />}
        {progress.bad.length === 0 ? null : <BadLines progress={progress} />}
      </div>
    </Card>
  );
}

function headline({ state, sales: n }: ImportProgress): string {
  switch (state) {
    case 'running':
      return t('import.running');
    case 'done':
      return t('import.done', { n });
    case 'cancelled':
      return t('import.cancelled', { n });
    case 'failed':
      return t('import.failed', { n });
    default:
      return assertNever(state);
  }
}

function Figure({ name, value, testId }: { name: string; value: number; testId: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-testid={testId}>{formatCount(value)}</dd>
    </div>
  );
}

const columns: TableColumn<Bad>[] = [
  {
    key: 'line',
    title: t('col.line'),
    width: '80px',
    cell: (bad) => <span className="num">{formatCount(bad.line)}</span>,
  },
  { key: 'reason', title: t('col.reason'), width: '32%', cell: (bad) => <span title={bad.reason}>{bad.reason}</span> },
  { key: 'text', title: t('col.text'), cell: (bad) => <code title={bad.text}>{bad.text}</code> },
];

function BadLines({ progress }: { progress: ImportProgress }) {
  const { bad, badCount } = progress;
  return (
    <section>
      <h3 className={css['subtitle']}>{t('import.bad.title')}</h3>
      {bad.length < badCount ? (
        <p className="dim">{t('import.bad.first', { shown: bad.length, total: badCount })}</p>
      ) : null}
      <DataTable
        label={t('import.bad.title')}
        columns={columns}
        rows={bad}
        rowKey={(one) => `${one.line} ${one.reason}`}
        rowTestId="import-bad-row"
        empty={null}
      />
    </section>
  );
}
