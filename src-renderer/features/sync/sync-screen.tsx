import { useCommand } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Page } from '../../ui/page.tsx';
import { BundleCard } from './bundle-card.tsx';
import { EconomyCard } from './economy-card.tsx';
import { PauseCard } from './pause-card.tsx';
import { ScopesCard } from './scopes-card.tsx';
import css from './sync.module.css';
import { ThisPcCard } from './this-pc-card.tsx';
import { VerifyCard } from './verify-card.tsx';

/** How this PC keeps in step with the cloud: who works here, what it keeps, when it rests, what it may use. */
export function SyncScreen() {
  const status = useCommand('status.get', {});
  const enrolled = status.data === undefined || status.data.device !== null;
  return (
    <Page title={t('sync.title')} lead={t('sync.lead')}>
      <div className={css['cards']}>
        <ThisPcCard status={status.data} />
        <PauseCard status={status.data} />
        {enrolled ? <ScopesCard status={status.data} /> : null}
        {enrolled ? <VerifyCard /> : null}
        <div className={css['column']}>
          <EconomyCard />
          {enrolled ? <BundleCard status={status.data} /> : null}
        </div>
      </div>
    </Page>
  );
}
