import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { ServiceTier } from '#shared/contract/services.ts';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { tellFailure } from '../../ui/toasts.tsx';
import css from './services.module.css';
import { tiers, type Service } from './service-text.ts';

/** How far assistants may go with a service. Giving more asks first, and says what it means; taking away does not. */
export function TierSwitch({ service }: { service: Service }) {
  const [asked, setAsked] = useState<'read' | 'write' | null>(null);
  const set = useDo('services.setTier');
  const name = service.title;
  const apply = (tier: ServiceTier): void => {
    setAsked(null);
    set.mutate(
      { service: service.id, tier },
      {
        // what the port is about stands above, with the way out
        onError: ({ failure }) => (failure.code === 'port-taken' ? undefined : tellFailure(failure)),
      },
    );
  };
  const choose = (wanted: string): void => {
    const tier = tiers.find((one) => one === wanted) ?? 'off';
    if (tier !== 'off' && tiers.indexOf(tier) > tiers.indexOf(service.tier)) setAsked(tier);
    else apply(tier);
  };
  return (
    <>
      <SegmentedControl
        className={css['tier'] ?? ''}
        size="xs"
        aria-label={t('services.tier', { service: name })}
        data={tiers.map((tier) => ({ value: tier, label: t(`services.tier.${tier}`) }))}
        value={set.isPending ? set.variables.tier : service.tier}
        onChange={choose}
        data-testid={`tier-${service.id}`}
      />
      {asked === null ? null : (
        <Confirm
          open
          tone="brand"
          title={t(`services.ask.${asked}`, { service: name })}
          text={[
            t('services.ask.consent', { service: name }),
            ...(asked === 'write' ? [t('services.ask.change')] : []),
          ]}
          yes={t(`services.ask.yes.${asked}`)}
          onYes={() => apply(asked)}
          onNo={() => setAsked(null)}
        />
      )}
    </>
  );
}
