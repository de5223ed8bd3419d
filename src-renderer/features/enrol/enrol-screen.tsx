import { Button, TextInput } from '@mantine/core';
import { IconActivity, IconInfoCircle, IconKey, IconLock, IconLockOpen } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import { tell } from '../../ui/toasts.tsx';
import css from './enrol.module.css';

type KeyKeptBy = 'system' | 'file' | 'nobody';
const keyIcons = { system: IconLock, file: IconInfoCircle, nobody: IconLockOpen } as const satisfies Record<
  KeyKeptBy,
  unknown
>;

type EnrolProps = {
  keyKeptBy: KeyKeptBy;
  /** Leaves this screen without enrolling; null where the navigation already offers every way out. */
  onLater: (() => void) | null;
};

/** The first screen of a new PC: a code from the supervisor makes it one of a store. */
export function EnrolScreen({ keyKeptBy, onLater }: EnrolProps) {
  const [code, setCode] = useState('');
  const [deviceName, setDeviceName] = useState('');
  const [, go] = useLocation();
  const enrol = useDo('device.enrol');
  const ready = code.trim().length >= 4 && deviceName.trim() !== '';
  const KeyIcon = keyIcons[keyKeptBy];
  const submit = (): void => {
    const done = {
      onSuccess: () => {
        tell('enrol', t('enrol.done'));
        go('/');
      },
    };
    enrol.mutate({ code: code.trim(), deviceName: deviceName.trim() }, done);
  };
  return (
    <div className={css['place']}>
      <form
        className={css['card']}
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) submit();
        }}
      >
        <span className={css['mark']} aria-hidden>
          <IconActivity size={24} />
        </span>
        <h1 className={css['title']}>{t('enrol.title')}</h1>
        <p className="dim">{t('enrol.lead')}</p>
        <TextInput
          label={t('enrol.code')}
          value={code}
          size="md"
          autoFocus
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          leftSection={<IconKey size={18} aria-hidden />}
          onChange={(event) => setCode(event.currentTarget.value)}
          data-testid="enrol-code"
        />
        <TextInput
          label={t('enrol.name')}
          description={t('enrol.name.hint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={deviceName}
          size="md"
          maxLength={80}
          onChange={(event) => setDeviceName(event.currentTarget.value)}
          data-testid="enrol-name"
        />
        {enrol.error === null ? null : <Failure failure={enrol.error.failure} />}
        <Button
          type="submit"
          variant="filled"
          size="md"
          disabled={!ready}
          loading={enrol.isPending}
          data-testid="enrol-do"
        >
          {t('enrol.do')}
        </Button>
        {onLater === null ? null : (
          <Button variant="subtle" color="gray" onClick={onLater} data-testid="enrol-later">
            {t('enrol.later')}
          </Button>
        )}
        <p className={css['key']}>
          <KeyIcon size={16} aria-hidden />
          {t(`enrol.key.${keyKeptBy}`)}
        </p>
      </form>
    </div>
  );
}
