import { IconCheck } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { QueueItem, SyncStatus } from '#shared/contract/schemas.ts';
import { useCommand } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { DataTable, type TableColumn } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { changeText } from '../queue/change-text.ts';
import { QueueBadge } from '../queue/queue-badge.tsx';
import css from './overview.module.css';

/** The newest changes that the cloud has not confirmed yet. */
export function WaitingCard({ status }: { status: SyncStatus | undefined }) {
  const now = useNow();
  const queue = useCommand('queue.list', { filter: 'all', limit: 5 });
  const columns: TableColumn<QueueItem>[] = [
    {
      key: 'what',
      title: t('col.what'),
      width: '29%',
      cell: (item) => (
        <Link className={css['title'] ?? ''} href={`/queue/${item.txn}`}>
          {item.title}
        </Link>
      ),
    },
    {
      key: 'change',
      title: t('col.change'),
      cell: (item) => <span className="dim">{changeText(item, now)}</span>,
      optional: true,
    },
    { key: 'who', title: t('col.who'), width: '82px', cell: (item) => item.actor, optional: true },
    { key: 'state', title: t('col.state'), width: '176px', cell: (item) => <QueueBadge item={item} status={status} /> },
    { key: 'since', title: t('col.since'), width: '64px', end: true, cell: (item) => <Time at={item.at} now={now} /> },
  ];
  return (
    <Card
      title={t('overview.waiting')}
      className={css['waiting']}
      action={
        <Link className={css['link'] ?? ''} href="/queue">
          {t('overview.all')}
        </Link>
      }
    >
      <DataTable
        label={t('overview.waiting')}
        columns={columns}
        rows={queue.data?.items ?? []}
        rowKey={(item) => String(item.txn)}
        loading={queue.isPending}
        empty={
          <p className={css['nothing']}>
            <IconCheck size={16} aria-hidden />
            {t('overview.waiting.none')}
          </p>
        }
      />
    </Card>
  );
}
