import { IconArrowsLeftRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ServiceCall } from '#shared/contract/services.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { DataTable, type TableColumn } from '../../ui/data-table.tsx';
import { formatBytes, formatFullTime, formatMs, formatSecond } from '../../ui/format.ts';
import { Empty } from '../../ui/page.tsx';
import { callTitle, serviceTitle } from './call-text.ts';
import { OutcomeBadge } from './outcome-badge.tsx';
import type { Service } from './service-text.ts';

type CallRowsProps = {
  rows: readonly ServiceCall[];
  services: readonly Service[];
  loading: boolean;
  /** There is room for half of the columns. */
  narrow?: boolean;
  placeholderRows: number;
  /** The sentence that stands for no call. */
  empty: string;
  /** The one thing to do about it. */
  action?: ReactNode;
};

/** Calls, one in a line: what, whose, how it ended, how long it took, when. */
export function CallRows({ rows, services, loading, narrow = false, placeholderRows, empty, action }: CallRowsProps) {
  const now = useNow();
  const columns = columnsFor(services, now);
  return (
    <DataTable
      label={t('calls.title')}
      columns={narrow ? columns.filter(({ optional }) => optional !== true) : columns}
      rows={rows}
      rowKey={({ id }) => String(id)}
      rowTestId="call-row"
      loading={loading}
      placeholderRows={placeholderRows}
      empty={
        <Empty icon={<IconArrowsLeftRight size={22} />} action={action}>
          {empty}
        </Empty>
      }
    />
  );
}

function columnsFor(services: readonly Service[], now: number): TableColumn<ServiceCall>[] {
  return [
    {
      key: 'what',
      title: t('calls.col.what'),
      cell: (call) => <span title={call.name}>{callTitle(call, services)}</span>,
    },
    {
      key: 'service',
      title: t('calls.col.service'),
      width: '110px',
      cell: ({ service }) => <span className="dim">{serviceTitle(service, services)}</span>,
      optional: true,
    },
    {
      key: 'who',
      title: t('calls.col.who'),
      width: '22%',
      cell: ({ client }) => <span title={client}>{client}</span>,
    },
    {
      key: 'outcome',
      title: t('calls.col.outcome'),
      width: '190px',
      cell: ({ outcome }) => <OutcomeBadge outcome={outcome} />,
    },
    {
      key: 'bytes',
      title: t('calls.col.bytes'),
      width: '76px',
      end: true,
      cell: (call) => formatBytes(call.bytes),
      optional: true,
    },
    { key: 'ms', title: t('calls.col.ms'), width: '76px', end: true, cell: ({ ms }) => formatMs(ms), optional: true },
    {
      key: 'when',
      title: t('calls.col.when'),
      width: '112px',
      end: true,
      cell: ({ at }) => (
        <time dateTime={new Date(at).toISOString()} title={formatFullTime(at)}>
          {formatSecond(at, now)}
        </time>
      ),
    },
  ];
}
