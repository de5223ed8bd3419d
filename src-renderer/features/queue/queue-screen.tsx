import { SegmentedControl } from '@mantine/core';
import { IconListCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { QueueItem, SyncStatus } from '#shared/contract/schemas.ts';
import { useCommand, usePages } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { DataTable, MoreRows, type TableColumn } from '../../ui/data-table.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Card, Empty, Page, WithSide } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { changeText } from './change-text.ts';
import { QueueBadge } from './queue-badge.tsx';
import { QueueDetails } from './queue-details.tsx';
import { queueLead } from './queue-lead.ts';

const filters = ['all', 'waiting', 'stuck', 'discarded'] as const;
type Filter = (typeof filters)[number];

/** What this PC has recorded and the cloud has not confirmed: why each waits, and the way out. */
export function QueueScreen({ txn }: { txn: number | null }) {
  const [filter, setFilter] = useState<Filter>('all');
  const [, go] = useLocation();
  const status = useCommand('status.get', {});
  const pages = usePages('queue.list', { filter, limit: 50 });
  // The sentence is about all that waits, whatever the filter shows.
  const all = useCommand('queue.list', { filter: 'all', limit: 1 });
  const lead =
    status.data === undefined || all.data === undefined ? '\u00a0' : queueLead(all.data.total, status.data.waiting);
  const close = (): void => go('/queue');
  return (
    <Page title={t('queue.title')} lead={lead} actions={<Filters value={filter} onChange={setFilter} />}>
      <WithSide open={txn !== null} side={txn === null ? null : <QueueDetails key={txn} txn={txn} onClose={close} />}>
        <Card>
          {pages.failure !== null && pages.items.length === 0 ? (
            <Failure failure={pages.failure} onAgain={pages.again} />
          ) : (
            <Rows
              rows={pages.items}
              loading={pages.loading}
              txn={txn}
              filter={filter}
              status={status.data}
              onOpen={(item) => go(`/queue/${item.txn}`)}
            />
          )}
          <MoreRows pages={pages} />
        </Card>
      </WithSide>
    </Page>
  );
}

function Filters({ value, onChange }: { value: Filter; onChange: (filter: Filter) => void }) {
  const data = filters.map((filter) => ({ value: filter, label: t(`queue.filter.${filter}`) }));
  return (
    <SegmentedControl
      aria-label={t('queue.filter')}
      data={data}
      value={value}
      onChange={(next) => onChange(filters.find((filter) => filter === next) ?? 'all')}
      data-testid="queue-filter"
    />
  );
}

type RowsProps = {
  rows: QueueItem[];
  loading: boolean;
  txn: number | null;
  filter: Filter;
  status: SyncStatus | undefined;
  onOpen: (item: QueueItem) => void;
};

function Rows({ rows, loading, txn, filter, status, onOpen }: RowsProps) {
  const now = useNow();
  const columns: TableColumn<QueueItem>[] = [
    {
      key: 'what',
      title: t('col.what'),
      width: txn === null ? '30%' : '164px',
      cell: (item) => <span title={item.title}>{item.title}</span>,
    },
    {
      key: 'change',
      title: t('col.change'),
      cell: (item) => {
        const text = changeText(item, now);
        return (
          <span className="dim" title={text}>
            {text}
          </span>
        );
      },
    },
    { key: 'who', title: t('col.who'), width: '96px', cell: (item) => item.actor, optional: true },
    {
      key: 'state',
      title: t('col.state'),
      width: txn === null ? '240px' : '160px',
      cell: (item) => <QueueBadge item={item} status={status} />,
    },
    {
      key: 'since',
      title: t('col.since'),
      width: txn === null ? '110px' : '64px',
      end: true,
      cell: (item) => <Time at={item.at} now={now} />,
    },
  ];
  // Beside the open details there is less room, and they name the person.
  const shown = txn === null ? columns : columns.filter((column) => column.key !== 'who');
  return (
    <DataTable
      label={t('queue.title')}
      columns={shown}
      rows={rows}
      rowKey={(item) => String(item.txn)}
      onOpen={onOpen}
      openKey={txn === null ? null : String(txn)}
      rowTestId="queue-row"
      loading={loading}
      placeholderRows={10}
      empty={<Empty icon={<IconListCheck size={22} />}>{t(`queue.empty.${filter}`)}</Empty>}
    />
  );
}
