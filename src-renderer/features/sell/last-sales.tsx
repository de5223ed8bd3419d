import { ActionIcon } from '@mantine/core';
import { IconAlertTriangle, IconBan, IconCloudCheck, IconDeviceFloppy, IconReceipt } from '@tabler/icons-react';
import { useState } from 'react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import { useCommand } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { Badge } from '../../ui/badge.tsx';
import { DataTable, type TableColumn } from '../../ui/data-table.tsx';
import { Failure } from '../../ui/failure.tsx';
import { formatCount, formatMoney } from '../../ui/format.ts';
import { Card, Empty } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { shortPayment } from './payments.ts';
import { VoidSale } from './void-sale.tsx';

type Sale = CommandOutput<'sales.list'>['items'][number];

/** The sales recorded last, and how far each has come. */
export function LastSales() {
  const now = useNow();
  const sales = useCommand('sales.list', { limit: 8 });
  const [voiding, setVoiding] = useState<Sale | null>(null);
  const columns: TableColumn<Sale>[] = [
    { key: 'what', title: t('col.sale'), cell: (sale) => <span className="num">{sale.number}</span> },
    {
      key: 'lines',
      title: t('col.lines'),
      width: '56px',
      end: true,
      cell: (sale) => <span className="dim">{formatCount(sale.lines)}</span>,
      optional: true,
    },
    {
      key: 'payment',
      title: t('col.payment'),
      width: '76px',
      cell: (sale) => shortPayment(sale.payment),
      optional: true,
    },
    { key: 'state', title: t('col.state'), width: '152px', cell: (sale) => <Journey sale={sale} /> },
    { key: 'time', title: t('col.time'), width: '72px', end: true, cell: (sale) => <Time at={sale.at} now={now} /> },
    {
      key: 'total',
      title: t('col.total'),
      width: '104px',
      end: true,
      cell: (sale) => (sale.voidedAt === null ? formatMoney(sale.total) : <s>{formatMoney(sale.total)}</s>),
    },
    {
      key: 'void',
      title: t('sell.void'),
      silent: true,
      width: '44px',
      cell: (sale) =>
        sale.voidedAt === null ? (
          <ActionIcon
            variant="subtle"
            color="gray"
            size={28}
            title={t('sell.void')}
            aria-label={t('sell.void.open', { number: sale.number })}
            onClick={() => setVoiding(sale)}
            data-testid="sale-void"
          >
            <IconBan size={16} />
          </ActionIcon>
        ) : null,
    },
  ];
  return (
    <Card title={t('sell.last')}>
      {sales.error === null ? null : <Failure failure={sales.error.failure} onAgain={() => void sales.refetch()} />}
      <DataTable
        label={t('sell.last')}
        columns={columns}
        rows={sales.data?.items ?? []}
        rowKey={(sale) => sale.id}
        rowTestId="sale-row"
        loading={sales.isPending}
        placeholderRows={8}
        empty={<Empty icon={<IconReceipt size={22} />}>{t('sell.last.none')}</Empty>}
      />
      {voiding === null ? null : <VoidSale key={voiding.id} sale={voiding} onClose={() => setVoiding(null)} />}
    </Card>
  );
}

/** How far a sale has come; it is never called sent before the cloud confirmed it. */
function Journey({ sale }: { sale: Sale }) {
  if (sale.voidedAt !== null)
    return (
      <Badge tone="grey" icon={<IconBan size={14} aria-hidden />}>
        {t('sell.voided')}
      </Badge>
    );
  if (sale.journey === 'confirmed')
    return (
      <Badge tone="accent" icon={<IconCloudCheck size={14} aria-hidden />}>
        {t('sell.journey.confirmed')}
      </Badge>
    );
  if (sale.journey === 'refused')
    return (
      <Badge tone="red" icon={<IconAlertTriangle size={14} aria-hidden />}>
        {t('sell.journey.refused')}
      </Badge>
    );
  return (
    <Badge tone="blue" icon={<IconDeviceFloppy size={14} aria-hidden />}>
      {t('sell.journey.saved')}
    </Badge>
  );
}
