import { Button } from '@mantine/core';
import { IconInfoCircle, IconPlugOff, IconPlus } from '@tabler/icons-react';
import type { ServicesReport } from '#shared/contract/services.ts';
import { useCommand } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { DataTable, type TableColumn } from '../../ui/data-table.tsx';
import { formatCount, formatMs } from '../../ui/format.ts';
import { Card, Empty, WithSide } from '../../ui/page.tsx';
import { CallRows } from './call-rows.tsx';
import { ExportsCard } from './exports-card.tsx';
import { HealthBadge } from './health-badge.tsx';
import { ServicePanel } from './service-panel.tsx';
import css from './services.module.css';
import type { Service } from './service-text.ts';
import { TierSwitch } from './tier-switch.tsx';

type PartProps = {
  report: ServicesReport | undefined;
  /** The service whose details are open. */
  open: string | null;
  onOpen: (service: string | null) => void;
  onCalls: () => void;
  onNew: () => void;
};

const latest = 6;

/** Every service with its switch, and what was called last. */
export function ServicesPart({ report, open, onOpen, onCalls, onNew }: PartProps) {
  const calls = useCommand('services.calls', { limit: latest });
  const chosen = report?.services.find(({ id }) => id === open);
  const narrow = chosen !== undefined;
  return (
    <WithSide
      open={narrow}
      side={
        chosen === undefined ? null : <ServicePanel key={chosen.id} service={chosen} onClose={() => onOpen(null)} />
      }
    >
      <div className={css['column']}>
        <Card title={t('services.list')}>
          <DataTable
            label={t('services.list')}
            columns={narrow ? columns.filter(({ key }) => key === 'service' || key === 'tier') : columns}
            rows={report?.services ?? []}
            rowKey={({ id }) => id}
            onOpen={({ id }) => onOpen(id)}
            openKey={open}
            rowTestId="service-row"
            loading={report === undefined}
            placeholderRows={1}
            empty={<Empty icon={<IconPlugOff size={22} />}>{t('services.none')}</Empty>}
          />
          <p className={css['note']} data-testid="services-consent">
            <IconInfoCircle size={16} aria-hidden />
            {t('services.consent')}
          </p>
        </Card>
        <ExportsCard />
        <Card
          title={t('calls.latest')}
          action={
            <Button size="xs" variant="subtle" onClick={onCalls} data-testid="calls-all">
              {t('calls.all')}
            </Button>
          }
        >
          <CallRows
            rows={calls.data?.items ?? []}
            services={report?.services ?? []}
            loading={calls.data === undefined}
            narrow={narrow}
            placeholderRows={latest}
            empty={t('calls.empty')}
            action={
              report === undefined || report.services.length === 0 ? null : (
                <Button leftSection={<IconPlus size={16} />} onClick={onNew} data-testid="calls-new-assistant">
                  {t('assistants.new')}
                </Button>
              )
            }
          />
        </Card>
      </div>
    </WithSide>
  );
}

const columns: TableColumn<Service>[] = [
  { key: 'service', title: t('services.col.service'), cell: ({ title }) => title },
  {
    key: 'tier',
    title: t('services.col.tier'),
    width: '280px',
    cell: (service) => <TierSwitch service={service} />,
  },
  { key: 'state', title: t('services.col.state'), width: '150px', cell: ({ state }) => <HealthBadge state={state} /> },
  number('calls', ({ calls }) => formatCount(calls.count)),
  number('typical', ({ calls }) => (calls.count === 0 ? '–' : formatMs(calls.p50Ms))),
  number('slow', ({ calls }) => (calls.count === 0 ? '–' : formatMs(calls.p95Ms))),
  number('failed', ({ calls }) => formatCount(calls.errors)),
];

function number(
  key: 'calls' | 'typical' | 'slow' | 'failed',
  cell: (service: Service) => string,
): TableColumn<Service> {
  return { key, title: t(`services.col.${key}`), width: '84px', end: true, optional: true, cell };
}
