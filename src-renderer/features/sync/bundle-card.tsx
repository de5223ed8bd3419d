import { Button } from '@mantine/core';
import { IconDeviceUsb, IconFolderOpen } from '@tabler/icons-react';
import { useState } from 'react';
import type { BundleInspection, BundleRun } from '#shared/contract/bundles.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { useApp, useCommand, useDo } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import form from '../../ui/form.module.css';
import { Card } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { exportText, importText, inspectionText, outcomeText, runText, suggestedName } from './bundle-text.ts';
import css from './sync.module.css';

/** Days without a network: changes go to the cloud on a stick, and the cloud's answer comes back on it. */
export function BundleCard({ status }: { status: SyncStatus | undefined }) {
  const { shell } = useApp();
  const now = useNow(60_000);
  const history = useCommand('bundle.list', { limit: 5 });
  const out = useDo('bundle.export');
  const inspect = useDo('bundle.inspect');
  const [chosen, setChosen] = useState<string | null>(null);
  const write = async (): Promise<void> => {
    const path = await shell.saveBundle(suggestedName(status?.device?.name ?? '', Date.now()));
    if (path === null) return;
    setChosen(null);
    out.mutate({ path });
  };
  const choose = async (): Promise<void> => {
    const path = await shell.chooseBundle();
    if (path === null) return;
    out.reset();
    setChosen(path);
    inspect.mutate({ path });
  };
  return (
    <Card title={t('bundle.title')}>
      <div className={form['form']}>
        <p className={form['hint']}>{t('bundle.lead')}</p>
        <div className={css['buttons']}>
          <Button
            leftSection={<IconFolderOpen size={16} />}
            loading={inspect.isPending}
            onClick={() => void choose()}
            data-testid="bundle-open"
          >
            {t('bundle.open')}
          </Button>
          <Button
            leftSection={<IconDeviceUsb size={16} />}
            loading={out.isPending}
            onClick={() => void write()}
            data-testid="bundle-export"
          >
            {t('bundle.export')}
          </Button>
        </div>
        <p role="status" data-testid="bundle-written">
          {out.data === undefined ? null : exportText(out.data).join(' ')}
        </p>
        {out.error ? <Failure failure={out.error.failure} /> : null}
        {chosen !== null && inspect.error ? <Failure failure={inspect.error.failure} /> : null}
        {chosen !== null && inspect.data !== undefined ? (
          <Chosen key={`${inspect.submittedAt}`} path={chosen} found={inspect.data} now={now} />
        ) : null}
      </div>
      {history.error ? <Failure failure={history.error.failure} onAgain={() => void history.refetch()} /> : null}
      {history.data === undefined || history.data.items.length === 0 ? null : (
        <Past items={history.data.items} now={now} />
      )}
    </Card>
  );
}

/** What the chosen file holds, and the one thing to do with it. An answer of another PC is of no use here. */
function Chosen({ path, found, now }: { path: string; found: BundleInspection; now: number }) {
  const take = useDo('bundle.import');
  const useless = found.kind === 'answer' && !found.own;
  return (
    <>
      <div className={css['line']}>
        <p data-testid="bundle-holds">{inspectionText(found, now).join(' ')}</p>
        {useless || take.data !== undefined ? null : (
          <Button
            variant="filled"
            loading={take.isPending}
            onClick={() => take.mutate({ path })}
            data-testid="bundle-do"
          >
            {found.kind === 'bundle' ? t('bundle.carry') : t('bundle.take')}
          </Button>
        )}
      </div>
      <p role="status" data-testid="bundle-result">
        {take.data === undefined ? null : importText(take.data).join(' ')}
      </p>
      {take.error ? <Failure failure={take.error.failure} /> : null}
    </>
  );
}

function Past({ items, now }: { items: readonly BundleRun[]; now: number }) {
  return (
    <>
      <h3 className={css['subtitle']}>{t('bundle.past')}</h3>
      <ul className={css['facts']} data-testid="bundle-past">
        {items.map((item) => (
          <li key={item.id} title={item.error ?? item.file}>
            <span>
              <Time at={item.at} now={now} long /> <span className="dim">{runText(item)}</span>
            </span>
            <span className={css['size']}>{outcomeText(item)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
