import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { tellFailure } from '../../ui/toasts.tsx';
import { readPort } from './port-number.ts';
import css from './services.module.css';

/** Chooses the port on which assistants find the services. A port that is taken shows in the card around it. */
export function PortForm({ port, onDone }: { port: number; onDone: () => void }) {
  const [text, setText] = useState(String(port));
  const set = useDo('services.setPort');
  const wanted = readPort(text);
  const choose = (next: number | null): void =>
    set.mutate(
      { port: next },
      {
        onSuccess: onDone,
        onError: ({ failure }) => (failure.code === 'port-taken' ? undefined : tellFailure(failure)),
      },
    );
  return (
    <form
      className={css['port']}
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== null) choose(wanted);
      }}
    >
      <TextInput
        label={t('services.port')}
        description={t('services.port.hint')}
        value={text}
        inputMode="numeric"
        maxLength={5}
        error={wanted === null ? t('services.port.wrong') : null}
        onChange={(event) => setText(event.currentTarget.value)}
        data-testid="port-number"
      />
      <Button type="submit" disabled={wanted === null} loading={set.isPending} data-testid="port-do">
        {t('services.port.do')}
      </Button>
      <Button variant="subtle" color="gray" onClick={() => choose(null)} data-testid="port-usual">
        {t('services.port.usual')}
      </Button>
    </form>
  );
}
