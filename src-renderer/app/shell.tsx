import { useState } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { ConflictsScreen } from '../features/conflicts/conflicts-screen.tsx';
import { CustomersScreen } from '../features/customers/customers-screen.tsx';
import { EnrolScreen } from '../features/enrol/enrol-screen.tsx';
import { ImportScreen } from '../features/import/import-screen.tsx';
import { OverviewScreen } from '../features/overview/overview-screen.tsx';
import { ProductsScreen } from '../features/products/products-screen.tsx';
import { QueueScreen } from '../features/queue/queue-screen.tsx';
import { SellScreen } from '../features/sell/sell-screen.tsx';
import { ServicesScreen } from '../features/services/services-screen.tsx';
import { SyncScreen } from '../features/sync/sync-screen.tsx';
import { t } from '../i18n/translate.ts';
import { Navigation } from './navigation.tsx';
import { useCommand } from './queries.ts';
import css from './shell.module.css';

/** The window: navigation left, one screen right. A PC without a store starts with its enrolment. */
export function Shell() {
  const status = useCommand('status.get', {});
  const [later, setLater] = useState(false);
  const firstRun = status.data !== undefined && status.data.device === null && !later;
  if (firstRun) {
    return (
      <main className={css['alone']}>
        <EnrolScreen keyKeptBy={status.data.keyKeptBy} onLater={() => setLater(true)} />
      </main>
    );
  }
  return (
    <div className={css['shell']}>
      <a className={css['skip']} href="#content" onClick={focusContent}>
        {t('app.skip')}
      </a>
      <Navigation status={status.data} />
      <main className={css['content']} id="content" tabIndex={-1}>
        <Screens keyKeptBy={status.data?.keyKeptBy ?? 'system'} />
      </main>
    </div>
  );
}

/** The hash holds the address of the screen, so the skip link moves the focus itself. */
function focusContent(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

function Screens({ keyKeptBy }: { keyKeptBy: 'system' | 'file' | 'nobody' }) {
  return (
    <Switch>
      <Route path="/">
        <OverviewScreen />
      </Route>
      <Route path="/sell">
        <SellScreen />
      </Route>
      <Route path="/products">
        <ProductsScreen />
      </Route>
      <Route path="/customers">
        <CustomersScreen />
      </Route>
      <Route path="/queue/:txn?">{({ txn }) => <QueueScreen txn={txn === undefined ? null : Number(txn)} />}</Route>
      <Route path="/conflicts/:id?">{({ id }) => <ConflictsScreen id={id ?? null} />}</Route>
      <Route path="/import">
        <ImportScreen />
      </Route>
      <Route path="/services/:part?/:id?">
        {({ part, id }) => <ServicesScreen part={part ?? null} id={id ?? null} />}
      </Route>
      <Route path="/sync">
        <SyncScreen />
      </Route>
      <Route path="/enrol">
        <EnrolScreen keyKeptBy={keyKeptBy} onLater={null} />
      </Route>
      <Route>
        <Redirect to="/" />
      </Route>
    </Switch>
  );
}
