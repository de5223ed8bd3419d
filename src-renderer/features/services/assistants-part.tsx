import { Button } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { ClientToken, ServicesReport } from '#shared/contract/services.ts';
import { useCommand } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { DataTable, type TableColumn } from '../../ui/data-table.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Card, Empty, WithSide } from '../../ui/page.tsx';
import { SidePanel } from '../../ui/side-panel.tsx';
import { Time } from '../../ui/time.tsx';
import { NewTokenForm } from './new-token-form.tsx';
import type { Service } from './service-text.ts';
import { TokenBadge } from './token-badge.tsx';
import { TokenPanel } from './token-panel.tsx';
import { scopesText, type ShownToken } from './token-text.ts';
import css from './services.module.css';

type PartProps = {
  report: ServicesReport | undefined;
  /** The token whose details are open; `new` for one that is being made. */
  open: string | null;
  onOpen: (token: string | null) => void;
};
const refetchEveryMs = 10_000;

/** Who may come in: a token for each assistant, made, renewed and taken back here. */
export function AssistantsPart({ report, open, onOpen }: PartProps) {
  const tokens = useCommand('tokens.list', {}, { refetchEveryMs });
  const [shown, setShown] = useState<ShownToken | null>(null);
  const [ended, setEnded] = useState(false);
  const all = tokens.data?.items ?? [];
  const revoked = all.filter(({ state }) => state === 'revoked').length;
  const chosen = all.find(({ id }) => id === open);
  const narrow = open === 'new' || chosen !== undefined;
  const add = (
    <Button
      variant="filled"
      leftSection={<IconPlus size={16} />}
      disabled={report === undefined || report.services.length === 0}
      onClick={() => onOpen('new')}
      data-testid="assistant-new"
    >
      {t('assistants.new')}
    </Button>
  );
  const side =
    report === undefined ? null : open === 'new' ? (
      <SidePanel key="new" title={t('assistants.new')} onClose={() => onOpen(null)}>
        <NewTokenForm
          services={report.services}
          onMade={(made) => {
            setShown(made);
            onOpen(made.id);
          }}
        />
      </SidePanel>
    ) : chosen === undefined ? null : (
      <TokenPanel
        key={chosen.id}
        token={chosen}
        report={report}
        shown={shown?.id === chosen.id ? shown.token : null}
        onShown={setShown}
        onClose={() => {
          setShown(null);
          onOpen(null);
        }}
      />
    );
  return (
    <WithSide open={narrow} side={side} wide>
      <Card title={t('assistants.title')} action={add}>
        {tokens.error && tokens.data === undefined ? (
          <Failure failure={tokens.error.failure} onAgain={() => void tokens.refetch()} />
        ) : (
          <Rows
            rows={ended ? all : all.filter(({ state }) => state !== 'revoked')}
            services={report?.services ?? []}
            loading={tokens.data === undefined}
            open={open}
            narrow={narrow}
            onOpen={(id) => {
              setShown(null);
              onOpen(id);
            }}
          />
        )}
        {revoked === 0 || ended ? null : (
          <Button
            className={css['ended'] ?? ''}
            size="xs"
            variant="subtle"
            color="gray"
            onClick={() => setEnded(true)}
            data-testid="assistants-ended"
          >
            {t('assistants.show-ended', { n: revoked })}
          </Button>
        )}
      </Card>
    </WithSide>
  );
}

type RowsProps = {
  rows: readonly ClientToken[];
  services: readonly Service[];
  loading: boolean;
  open: string | null;
  narrow: boolean;
  onOpen: (id: string) => void;
};

function Rows({ rows, services, loading, open, narrow, onOpen }: RowsProps) {
  const now = useNow();
  const columns: TableColumn<ClientToken>[] = [
    { key: 'name', title: t('assistants.col.name'), cell: ({ name }) => <span title={name}>{name}</span> },
    {
      key: 'may',
      title: t('assistants.col.may'),
      cell: ({ scopes }) => {
        const text = scopesText(scopes, services);
        return (
          <span className="dim" title={text}>
            {text}
          </span>
        );
      },
      optional: true,
    },
    {
      key: 'state',
      title: t('assistants.col.state'),
      width: '150px',
      cell: (token) => <TokenBadge token={token} now={now} />,
    },
    {
      key: 'expires',
      title: t('assistants.col.expires'),
      width: '110px',
      end: true,
      cell: ({ expiresAt }) => <Time at={expiresAt} now={now} />,
      optional: true,
    },
    {
      key: 'used',
      title: t('assistants.col.used'),
      width: '110px',
      end: true,
      cell: ({ lastUsedAt }) =>
        lastUsedAt === null ? <span className="dim">{t('assistants.never')}</span> : <Time at={lastUsedAt} now={now} />,
    },
  ];
  return (
    <DataTable
      label={t('assistants.title')}
      columns={narrow ? columns.filter(({ optional }) => optional !== true) : columns}
      rows={rows}
      rowKey={({ id }) => id}
      onOpen={({ id }) => onOpen(id)}
      openKey={open}
      rowTestId="assistant-row"
      loading={loading}
      empty={<Empty icon={<IconKey size={22} />}>{t('assistants.empty')}</Empty>}
    />
  );
}
