import { Button, Select, TextInput } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { useDo } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import form from '../../ui/form.module.css';
import { formatTime } from '../../ui/format.ts';
import { Card } from '../../ui/page.tsx';
import { tellFailure } from '../../ui/toasts.tsx';
import { endOfPause, pauseLengths, type PauseLength } from './pause-length.ts';
import css from './sync.module.css';

/** Rests for a while, with a reason that everybody at this PC can read. */
export function PauseCard({ status }: { status: SyncStatus | undefined }) {
  const pause = status?.pause ?? null;
  return <Card title={t('sync.rest')}>{pause === null ? <PauseForm /> : <Paused pause={pause} />}</Card>;
}

function Paused({ pause: { until, reason } }: { pause: NonNullable<SyncStatus['pause']> }) {
  const now = useNow(60_000);
  const resume = useDo('sync.resume');
  return (
    <div className={css['line']}>
      <p data-testid="pause-now">
        {until === null
          ? t('sync.rest.open', { reason })
          : t('sync.rest.until', { until: formatTime(until, now), reason })}
      </p>
      <Button
        variant="filled"
        leftSection={<IconPlayerPlay size={16} />}
        loading={resume.isPending}
        onClick={() => resume.mutate({}, { onError: (error) => tellFailure(error.failure) })}
        data-testid="pause-end"
      >
        {t('sync.resume')}
      </Button>
    </div>
  );
}

function PauseForm() {
  const [length, setLength] = useState<PauseLength>('hour');
  const [reason, setReason] = useState('');
  const pause = useDo('sync.pause');
  const ready = reason.trim() !== '';
  return (
    <form
      className={form['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        const until = endOfPause(length, Date.now());
        pause.mutate({ until, reason: reason.trim() }, { onError: (error) => tellFailure(error.failure) });
      }}
    >
      <p className={form['hint']}>{t('sync.rest.lead')}</p>
      <div className={form['pair']}>
        <Select
          label={t('sync.rest.length')}
          value={length}
          allowDeselect={false}
          data={pauseLengths.map((value) => ({ value, label: t(`sync.rest.${value}`) }))}
          onChange={(value) => setLength(pauseLengths.find((one) => one === value) ?? 'hour')}
          data-testid="pause-length"
        />
        <TextInput
          label={t('sync.rest.reason')}
          value={reason}
          maxLength={200}
          placeholder={t('sync.rest.example')}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-testid="pause-reason"
        />
      </div>
      <div className={css['buttons']}>
        <Button
          type="submit"
          disabled={!ready}
          loading={pause.isPending}
          leftSection={<IconPlayerPause size={16} />}
          data-testid="pause-do"
        >
          {t('sync.pause')}
        </Button>
      </div>
    </form>
  );
}
