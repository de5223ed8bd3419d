import { Button } from '@mantine/core';
import { IconKey, IconPlayerPause, IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import type { AppError } from '#shared/contract/errors.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { useDo } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { Blank } from '../../ui/blank.tsx';
import { Failure } from '../../ui/failure.tsx';
import { tellFailure } from '../../ui/toasts.tsx';
import { StateIcon } from '../status/state-icon.tsx';
import { stateSentence } from '../status/state-sentence.ts';
import { wayOut } from '../status/way-out.ts';
import css from './overview.module.css';

type StateCardProps = { status: SyncStatus | undefined; failure: AppError | null; onAgain: () => void };

/** The sentence that says how things stand, and what a person can do about it. */
export function StateCard({ status, failure, onAgain }: StateCardProps) {
  const now = useNow(1000);
  if (failure !== null) return <Failure failure={failure} onAgain={onAgain} />;
  const sentence = status === undefined ? null : stateSentence(status, now);
  return (
    <section className={css['state']} data-state={status?.state}>
      {status === undefined ? <Blank width={38} height={38} /> : <StateIcon state={status.state} size="large" />}
      <div className={css['sentence']}>
        <h1 className={css['headline']}>
          <span role="status" data-testid="state-sentence">
            {sentence?.headline ?? <Blank width={320} height={18} />}
          </span>
        </h1>
        <p className={css['details']} data-testid="state-details">
          {sentence?.details.join(' ') ?? <Blank width={420} />}
        </p>
        {status === undefined || status.warnings.length === 0 ? null : (
          <ul className={css['warnings']} data-testid="warnings">
            {status.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        )}
      </div>
      <div className={css['buttons']}>{status === undefined ? null : <Actions status={status} />}</div>
    </section>
  );
}

function Actions({ status }: { status: SyncStatus }) {
  const onError = { onError: (error: { failure: AppError }) => tellFailure(error.failure) };
  const sync = useDo('sync.now');
  const pause = useDo('sync.pause');
  const resume = useDo('sync.resume');
  const [, go] = useLocation();
  if (status.failure !== null && wayOut(status.failure) === 'enrol') {
    return (
      <Button
        variant="filled"
        leftSection={<IconKey size={16} />}
        onClick={() => go('/enrol')}
        data-testid="enrol-again"
      >
        {t('sync.enrol')}
      </Button>
    );
  }
  if (status.pause !== null) {
    return (
      <Button
        variant="filled"
        leftSection={<IconPlayerPlay size={16} />}
        loading={resume.isPending}
        onClick={() => resume.mutate({}, onError)}
        data-testid="sync-resume"
      >
        {t('sync.resume')}
      </Button>
    );
  }
  return (
    <>
      <Button
        leftSection={<IconPlayerPause size={16} />}
        loading={pause.isPending}
        title={t('sync.pause.hour')}
        onClick={() => pause.mutate({ until: Date.now() + 3_600_000, reason: t('sync.pause.reason') }, onError)}
        data-testid="sync-pause"
      >
        {t('sync.pause')}
      </Button>
      <Button
        variant="filled"
        leftSection={<IconRefresh size={16} />}
        loading={sync.isPending}
        disabled={status.state === 'syncing'}
        onClick={() => sync.mutate({}, onError)}
        data-testid="sync-now"
      >
        {status.state === 'offline' ? t('sync.try') : t('sync.now')}
      </Button>
    </>
  );
}
