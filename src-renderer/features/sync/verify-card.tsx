import { Button, Select } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import type { PastVerification } from '#shared/contract/verification.ts';
import { useCommand, useDo } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { tableLabelMany } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import form from '../../ui/form.module.css';
import { Card } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { VerdictBadge } from '../status/verdict-badge.tsx';
import { pastText, verdictOf, verificationText } from '../status/verification-text.ts';
import css from './sync.module.css';

const depths = ['content', 'versions'] as const;
type Depth = (typeof depths)[number];

/** Compares this PC with the cloud, says in words what came of it, and what came of it before. */
export function VerifyCard() {
  const [depth, setDepth] = useState<Depth>('content');
  const now = useNow(60_000);
  const verify = useDo('sync.verify');
  const history = useCommand('sync.verifications', { limit: 5 });
  const verdict = history.data === undefined ? null : verdictOf(history.data.latest, undefined);
  return (
    <Card title={t('verify.title')} action={verdict === null ? null : <VerdictBadge verdict={verdict} now={now} />}>
      <form
        className={form['form']}
        onSubmit={(event) => {
          event.preventDefault();
          verify.mutate({ depth });
        }}
      >
        <p className={form['hint']}>{t('verify.lead')}</p>
        <Select
          label={t('verify.depth')}
          value={depth}
          allowDeselect={false}
          data={depths.map((value) => ({ value, label: t(`verify.${value}`) }))}
          onChange={(value) => setDepth(depths.find((one) => one === value) ?? 'content')}
          data-testid="verify-depth"
        />
        <div className={css['buttons']}>
          <Button
            type="submit"
            loading={verify.isPending}
            leftSection={<IconShieldCheck size={16} />}
            data-testid="verify-do"
          >
            {t('verify.do')}
          </Button>
        </div>
        <div role="status">{verify.data === undefined ? null : <Report report={verify.data} />}</div>
        {verify.error ? <Failure failure={verify.error.failure} /> : null}
      </form>
      {history.error ? <Failure failure={history.error.failure} onAgain={() => void history.refetch()} /> : null}
      {history.data === undefined ? null : <Past items={history.data.items} now={now} />}
    </Card>
  );
}

function Report({ report }: { report: CommandOutput<'sync.verify'> }) {
  return (
    <>
      <p data-testid="verify-report">{verificationText(report).join(' ')}</p>
      {report.tables.length === 0 ? null : (
        <details className={css['details']}>
          <summary>{t('verify.tables')}</summary>
          <ul className={css['facts']}>
            {report.tables.map(({ table, rows, repaired }) => (
              <li key={table}>
                <span>{tableLabelMany(table)}</span>
                <span className={css['size']}>
                  {repaired === 0
                    ? t('verify.table.equal', { n: rows })
                    : t('verify.table.repaired', { n: repaired, rows })}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Past({ items, now }: { items: readonly PastVerification[]; now: number }) {
  return (
    <>
      <h3 className={css['subtitle']}>{t('verify.past')}</h3>
      {items.length === 0 ? <p className={form['hint']}>{t('verify.past.none')}</p> : null}
      <ul className={css['facts']} data-testid="verify-past">
        {items.map((item) => (
          <li key={item.id} title={item.reason ?? undefined}>
            <span>
              <Time at={item.at} now={now} long /> <span className="dim">{t(`verify.cause.${item.cause}`)}</span>
            </span>
            <span className={css['size']}>{pastText(item)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
