import { Button, Checkbox, Progress, Select } from '@mantine/core';
import { useState } from 'react';
import type { ScopeItem, ScopesReport, SyncStatus } from '#shared/contract/schemas.ts';
import { useCommand, useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import form from '../../ui/form.module.css';
import { formatBytes } from '../../ui/format.ts';
import { Card } from '../../ui/page.tsx';
import { tell, tellFailure } from '../../ui/toasts.tsx';
import { changesOf, windowChoices } from './scope-choice.ts';
import css from './sync.module.css';

/** What this PC keeps of the chain's data: which shops, and how far back. */
export function ScopesCard({ status }: { status: SyncStatus | undefined }) {
  const filling = status?.filling ?? null;
  const report = useCommand('scopes.get', {}, filling === null ? {} : { refetchEveryMs: 1000 });
  return (
    <Card title={t('sync.keeps')} className={css['wide']}>
      {report.error ? <Failure failure={report.error.failure} onAgain={() => void report.refetch()} /> : null}
      {filling === null ? null : (
        <div role="status" className={css['filling']}>
          <p>{t('sync.keeps.filling', { done: filling.done, total: Math.max(filling.done, filling.total) })}</p>
          <Progress value={share(filling)} aria-label={t('sync.keeps.progress')} />
        </div>
      )}
      {report.data ? <ScopesForm key={shownState(report.data)} report={report.data} /> : null}
    </Card>
  );
}

/** A choice made elsewhere replaces the draft; mere progress does not. */
function shownState({ scopes, windows }: ScopesReport): string {
  return JSON.stringify([
    scopes.map(({ scope, chosen }) => [scope, chosen]),
    windows.map(({ name, days }) => [name, days]),
  ]);
}

function ScopesForm({ report }: { report: ScopesReport }) {
  const choose = useDo('scopes.choose');
  const [chosen, setChosen] = useState(new Set(report.scopes.filter((one) => one.chosen).map(({ scope }) => scope)));
  const [windows, setWindows] = useState(Object.fromEntries(report.windows.map(({ name, days }) => [name, days])));
  const changes = changesOf(report, chosen, windows);
  return (
    <form
      className={form['form']}
      onSubmit={(event) => {
        event.preventDefault();
        choose.mutate(
          { scopes: [...chosen], windows },
          { onSuccess: () => tell('scopes', t('sync.keeps.done')), onError: (error) => tellFailure(error.failure) },
        );
      }}
    >
      <ul className={css['scopes']}>
        {report.scopes.map((item) => (
          <ScopeLine
            key={item.scope}
            item={item}
            chosen={chosen.has(item.scope)}
            onChange={(on) =>
              setChosen(new Set(on ? [...chosen, item.scope] : [...chosen].filter((one) => one !== item.scope)))
            }
          />
        ))}
      </ul>
      {report.windows.map(({ name }) => (
        <Select
          key={name}
          label={t('sync.keeps.window')}
          value={String(windows[name] ?? 'all')}
          allowDeselect={false}
          data={windowChoices(windows[name] ?? null).map((days) => ({
            value: String(days ?? 'all'),
            label: days === null ? t('sync.keeps.all') : t('sync.keeps.days', { n: days }),
          }))}
          onChange={(value) =>
            setWindows({ ...windows, [name]: value === 'all' || value === null ? null : Number(value) })
          }
          data-testid={`window-${name}`}
        />
      ))}
      <div className={css['line']}>
        <p className={form['hint']} role="status" data-testid="scopes-preview">
          {changes.length === 0 ? t('sync.keeps.same') : changes.map((change) => sentenceOf(change)).join(' ')}
        </p>
        <Button
          type="submit"
          variant={changes.length === 0 ? 'default' : 'filled'}
          disabled={changes.length === 0}
          loading={choose.isPending}
          data-testid="scopes-do"
        >
          {t('sync.keeps.do')}
        </Button>
      </div>
    </form>
  );
}

function sentenceOf(change: ReturnType<typeof changesOf>[number]): string {
  switch (change.kind) {
    case 'comes':
      return t('sync.keeps.comes', { name: change.name });
    case 'goes':
      return t('sync.keeps.goes', { name: change.name, n: change.rows });
    case 'shorter':
      return t('sync.keeps.shorter', { n: change.days });
    case 'longer':
      return change.days === null ? t('sync.keeps.whole') : t('sync.keeps.longer', { n: change.days });
  }
}

type LineProps = { item: ScopeItem; chosen: boolean; onChange: (on: boolean) => void };

function ScopeLine({ item, chosen, onChange }: LineProps) {
  const size = t('sync.keeps.size', { n: item.rows, bytes: formatBytes(item.bytes) });
  return (
    <li>
      <Checkbox
        checked={chosen || item.fixed}
        disabled={item.fixed}
        label={item.kind === 'chain' ? t('sync.keeps.chain') : item.name}
        description={whyOf(item)}
        onChange={(event) => onChange(event.currentTarget.checked)}
        data-testid={`scope-${item.scope}`}
      />
      <span className={css['size']}>
        {item.state === 'absent' ? null : item.progress === null ? size : t('sync.keeps.part', item.progress)}
      </span>
    </li>
  );
}

function whyOf(item: ScopeItem): string {
  if (item.state === 'leaving') return t('sync.keeps.leaving');
  if (item.state === 'loading') return t('sync.keeps.loading');
  if (item.fixed) return item.kind === 'chain' ? t('sync.keeps.fixed.chain') : t('sync.keeps.fixed.store');
  if (item.through !== null) return t('sync.keeps.through', { region: item.through });
  return item.kind === 'region' ? t('sync.keeps.region') : t('sync.keeps.store');
}

function share({ done, total }: { done: number; total: number }): number {
  return total === 0 ? 0 : Math.min(100, (done / total) * 100);
}
