import { SegmentedControl } from '@mantine/core';
import { useLocation } from 'wouter';
import { useCommand } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import { Page } from '../../ui/page.tsx';
import { AssistantsPart } from './assistants-part.tsx';
import { CallsPart } from './calls-part.tsx';
import { OpenCard } from './open-card.tsx';
import css from './services.module.css';
import { ServicesPart } from './services-part.tsx';

const parts = ['services', 'assistants', 'calls'] as const;
type Part = (typeof parts)[number];

/** How often what nobody announces is asked for: health, connections, numbers. */
const refetchEveryMs = 2000;

/** What assistants may do with the store's data: the switches, who has a token, what was called. */
export function ServicesScreen({ part: wanted, id }: { part: string | null; id: string | null }) {
  const [, go] = useLocation();
  const part: Part = parts.find((one) => one === wanted) ?? 'services';
  const report = useCommand('services.get', {}, { refetchEveryMs });
  const openAt = (of: Part, which: string | null): void => go(`/services/${of}${which === null ? '' : `/${which}`}`);
  return (
    <Page title={t('services.title')} lead={t('services.lead')} actions={<Parts value={part} onChange={openAt} />}>
      <div className={css['screen']}>
        {report.error && report.data === undefined ? (
          <Failure failure={report.error.failure} onAgain={() => void report.refetch()} />
        ) : (
          <OpenCard report={report.data} />
        )}
        {part === 'services' ? (
          <ServicesPart
            report={report.data}
            open={id}
            onOpen={(service) => openAt('services', service)}
            onCalls={() => openAt('calls', null)}
            onNew={() => openAt('assistants', 'new')}
          />
        ) : null}
        {part === 'assistants' ? (
          <AssistantsPart report={report.data} open={id} onOpen={(token) => openAt('assistants', token)} />
        ) : null}
        {part === 'calls' ? <CallsPart services={report.data?.services ?? []} /> : null}
      </div>
    </Page>
  );
}

function Parts({ value, onChange }: { value: Part; onChange: (part: Part, id: null) => void }) {
  return (
    <SegmentedControl
      aria-label={t('services.part')}
      data={parts.map((part) => ({ value: part, label: t(`services.part.${part}`) }))}
      value={value}
      onChange={(next) => onChange(parts.find((part) => part === next) ?? 'services', null)}
      data-testid="services-part"
    />
  );
}
