import { Button, PasswordInput, TextInput } from '@mantine/core';
import { IconKey, IconLogin2, IconLogout2, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { AppError } from '#shared/contract/errors.ts';
import type { Operator, SyncStatus } from '#shared/contract/schemas.ts';
import { useCommand, useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Blank } from '../../ui/blank.tsx';
import { Failure } from '../../ui/failure.tsx';
import form from '../../ui/form.module.css';
import { Card } from '../../ui/page.tsx';
import { tellFailure } from '../../ui/toasts.tsx';
import { wayOut } from '../status/way-out.ts';
import css from './sync.module.css';

/** Which PC this is, what an operator should know of it, and who works on it. */
export function ThisPcCard({ status }: { status: SyncStatus | undefined }) {
  const operator = useCommand('operator.get', {});
  return (
    <Card title={t('sync.pc')}>
      <ul className={css['facts']}>
        <Fact name={t('sync.pc.store')} value={status && (status.store?.name ?? t('nav.no-store'))} />
        <Fact name={t('sync.pc.name')} value={status && (status.device?.name ?? t('app.none'))} />
      </ul>
      {status === undefined || status.failure === null || status.pause !== null ? null : (
        <Failure failure={status.failure} action={<WayOut failure={status.failure} />} />
      )}
      {status === undefined || status.warnings.length === 0 ? null : (
        <ul className={css['warnings']} data-testid="sync-warnings">
          {status.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <h3 className={css['subtitle']}>{t('sync.person')}</h3>
      {operator.error ? <Failure failure={operator.error.failure} onAgain={() => void operator.refetch()} /> : null}
      {operator.data === undefined ? null : operator.data === null ? <SignIn /> : <SignedIn operator={operator.data} />}
    </Card>
  );
}

/** The one thing to do about what stops synchronisation; none where only time or somebody else can help. */
function WayOut({ failure }: { failure: AppError }) {
  const sync = useDo('sync.now');
  const [, go] = useLocation();
  switch (wayOut(failure)) {
    case 'enrol':
      return (
        <Button
          variant="filled"
          leftSection={<IconKey size={16} />}
          onClick={() => go('/enrol')}
          data-testid="way-enrol"
        >
          {t('sync.enrol')}
        </Button>
      );
    case 'try':
      return (
        <Button
          leftSection={<IconRefresh size={16} />}
          loading={sync.isPending}
          onClick={() => sync.mutate({}, { onError: (error) => tellFailure(error.failure) })}
          data-testid="way-try"
        >
          {t('sync.try')}
        </Button>
      );
    case null:
      return null;
  }
}

function Fact({ name, value }: { name: string; value: string | undefined }) {
  return (
    <li>
      <span className="dim">{name}</span>
      <span>{value ?? <Blank width={120} />}</span>
    </li>
  );
}

function SignedIn({ operator }: { operator: Operator }) {
  const signOut = useDo('operator.signOut');
  return (
    <div className={css['line']}>
      <p data-testid="operator-name">
        {t('sync.person.in', { name: operator.name, role: t(`sync.role.${operator.role}`) })}
      </p>
      <Button
        leftSection={<IconLogout2 size={16} />}
        loading={signOut.isPending}
        onClick={() => signOut.mutate({}, { onError: (error) => tellFailure(error.failure) })}
        data-testid="operator-out"
      >
        {t('sync.person.out')}
      </Button>
    </div>
  );
}

function SignIn() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useDo('operator.signIn');
  const ready = email.trim().length >= 3 && password !== '';
  return (
    <form
      className={form['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) signIn.mutate({ email: email.trim(), password });
      }}
    >
      <p className={form['hint']}>{t('sync.person.nobody')}</p>
      <div className={form['pair']}>
        <TextInput
          label={t('sync.person.email')}
          type="email"
          value={email}
          maxLength={254}
          autoComplete="username"
          onChange={(event) => setEmail(event.currentTarget.value)}
          data-testid="operator-email"
        />
        <PasswordInput
          label={t('sync.person.password')}
          value={password}
          maxLength={200}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('sync.person.password.show') }}
          onChange={(event) => setPassword(event.currentTarget.value)}
          data-testid="operator-password"
        />
      </div>
      {signIn.error ? <Failure failure={signIn.error.failure} /> : null}
      <div className={css['buttons']}>
        <Button
          type="submit"
          disabled={!ready}
          loading={signIn.isPending}
          leftSection={<IconLogin2 size={16} />}
          data-testid="operator-in"
        >
          {t('sync.person.do')}
        </Button>
      </div>
    </form>
  );
}
