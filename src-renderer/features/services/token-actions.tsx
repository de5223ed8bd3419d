import { Button } from '@mantine/core';
import { IconBan, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import type { ClientToken } from '#shared/contract/services.ts';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { tell, tellFailure } from '../../ui/toasts.tsx';
import type { ShownToken } from './token-text.ts';
import css from './services.module.css';

type ActionsProps = { token: ClientToken; onShown: (shown: ShownToken) => void; onRevoked: () => void };

/** Another text for the same assistant, or the end of its token; both are asked first. */
export function TokenActions({ token: { id, name }, onShown, onRevoked }: ActionsProps) {
  const [asked, setAsked] = useState<'rotate' | 'revoke' | null>(null);
  const rotate = useDo('tokens.rotate');
  const revoke = useDo('tokens.revoke');
  const doRotate = (): void =>
    rotate.mutate(
      { id },
      {
        onSuccess: ({ token }) => {
          onShown({ id, token });
          // the text is on the screen now, and is not kept beside it
          rotate.reset();
        },
        onError: (error) => tellFailure(error.failure),
      },
    );
  const doRevoke = (): void =>
    revoke.mutate(
      { id },
      {
        onSuccess: () => {
          tell('assistants', t('assistants.revoke.done', { name }));
          onRevoked();
        },
        onError: (error) => tellFailure(error.failure),
      },
    );
  return (
    <div className={css['token-buttons']}>
      <Button
        leftSection={<IconRefresh size={16} />}
        loading={rotate.isPending}
        onClick={() => setAsked('rotate')}
        data-testid="token-rotate"
      >
        {t('assistants.rotate')}
      </Button>
      <Button
        color="red"
        leftSection={<IconBan size={16} />}
        loading={revoke.isPending}
        onClick={() => setAsked('revoke')}
        data-testid="token-revoke"
      >
        {t('assistants.revoke')}
      </Button>
      {asked === null ? null : (
        <Confirm
          open
          title={t(`assistants.${asked}.title`, { name })}
          text={t(`assistants.${asked}.text`)}
          yes={asked === 'rotate' ? t('assistants.rotate.yes') : t('assistants.revoke')}
          onYes={() => {
            setAsked(null);
            if (asked === 'rotate') doRotate();
            else doRevoke();
          }}
          onNo={() => setAsked(null)}
        />
      )}
    </div>
  );
}
