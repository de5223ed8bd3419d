import { SegmentedControl, Select, Switch } from '@mantine/core';
import { useState } from 'react';
import type { ServiceCall } from '#shared/contract/services.ts';
import { useCommand, usePages } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { MoreRows } from '../../ui/data-table.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Card } from '../../ui/page.tsx';
import { CallRows } from './call-rows.tsx';
import { assistantChoices } from './call-filter.ts';
import css from './services.module.css';
import type { Service } from './service-text.ts';

type Filter = { service: string | null; tokenId: string | null; failed: boolean };
const everything: Filter = { service: null, tokenId: null, failed: false };

/** What assistants called, as it comes. Reading older calls, or switching it off, keeps the list still. */
export function CallsPart({ services }: { services: readonly Service[] }) {
  const [filter, setFilter] = useState(everything);
  const [live, setLive] = useState(true);
  const [run, setRun] = useState(0);
  const pages = usePages('services.calls', inputOf(filter), { live, run });
  const goOn = (): void => {
    // from the newest again: what was looked through meanwhile is not asked for with every new call
    setRun(run + 1);
    setLive(true);
  };
  const filtered = filter.service !== null || filter.tokenId !== null || filter.failed;
  return (
    <Card title={t('calls.title')} action={<Live live={live} onChange={(on) => (on ? goOn() : setLive(false))} />}>
      <Filters
        value={filter}
        services={services}
        calls={pages.items}
        onChange={(next) => {
          setFilter(next);
          goOn();
        }}
      />
      {pages.failure !== null && pages.items.length === 0 ? (
        <Failure failure={pages.failure} onAgain={pages.again} />
      ) : (
        <CallRows
          rows={pages.items}
          services={services}
          loading={pages.loading}
          placeholderRows={10}
          empty={t(filtered ? 'calls.empty.filtered' : 'calls.empty')}
        />
      )}
      <MoreRows
        pages={{
          ...pages,
          more: () => {
            setLive(false);
            pages.more();
          },
        }}
      />
      <p className={css['note']}>{t('calls.note')}</p>
    </Card>
  );
}

function inputOf({ service, tokenId, failed }: Filter) {
  return {
    limit: 50,
    ...(service === null ? {} : { service }),
    ...(tokenId === null ? {} : { tokenId }),
    ...(failed ? { failed } : {}),
  };
}

function Live({ live, onChange }: { live: boolean; onChange: (live: boolean) => void }) {
  return (
    <div className={css['live']}>
      <span className="dim" role="status">
        {live ? '' : t('calls.live.rest')}
      </span>
      <Switch
        label={t('calls.live')}
        labelPosition="left"
        checked={live}
        onChange={(event) => onChange(event.currentTarget.checked)}
        data-testid="calls-live"
      />
    </div>
  );
}

type FiltersProps = {
  value: Filter;
  services: readonly Service[];
  calls: readonly ServiceCall[];
  onChange: (filter: Filter) => void;
};

function Filters({ value, services, calls, onChange }: FiltersProps) {
  const tokens = useCommand('tokens.list', {});
  return (
    <div className={css['filters']}>
      <Select
        aria-label={t('calls.filter.service')}
        placeholder={t('calls.filter.any-service')}
        clearable
        value={value.service}
        data={services.map(({ id, title }) => ({ value: id, label: title }))}
        onChange={(service) => onChange({ ...value, service })}
        data-testid="calls-service"
      />
      <Select
        aria-label={t('calls.filter.assistant')}
        placeholder={t('calls.filter.any-assistant')}
        clearable
        value={value.tokenId}
        data={assistantChoices(tokens.data?.items ?? [], calls)}
        onChange={(tokenId) => onChange({ ...value, tokenId })}
        data-testid="calls-assistant"
      />
      <SegmentedControl
        aria-label={t('calls.filter.outcome')}
        data={[
          { value: 'all', label: t('calls.filter.all') },
          { value: 'failed', label: t('calls.filter.failed') },
        ]}
        value={value.failed ? 'failed' : 'all'}
        onChange={(outcome) => onChange({ ...value, failed: outcome === 'failed' })}
        data-testid="calls-outcome"
      />
    </div>
  );
}
