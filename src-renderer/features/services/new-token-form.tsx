import { Button, Select, TextInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import form from '../../ui/form.module.css';
import type { ShownToken } from './token-text.ts';
import { DaysSelect, usualDays } from './days-select.tsx';
import { grants, scopesOf, type Grant } from './scope-grants.ts';
import type { Service } from './service-text.ts';

type FormProps = { services: readonly Service[]; onMade: (made: ShownToken) => void };

/** Makes a token: for whom, for what, for how long. */
export function NewTokenForm({ services, onMade }: FormProps) {
  const [name, setName] = useState('');
  const [granted, setGranted] = useState<Readonly<Record<string, Grant>>>({});
  const [days, setDays] = useState(usualDays);
  const create = useDo('tokens.create');
  const scopes = scopesOf(services, granted);
  const ready = name.trim() !== '' && scopes.length > 0;
  return (
    <form
      className={form['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        create.mutate(
          { name: name.trim(), scopes, days },
          {
            onSuccess: ({ id, token }) => {
              onMade({ id, token });
              // the text is on the screen now, and is not kept beside it
              create.reset();
            },
          },
        );
      }}
    >
      <TextInput
        label={t('assistants.name')}
        placeholder={t('assistants.name.example')}
        value={name}
        maxLength={80}
        onChange={(event) => setName(event.currentTarget.value)}
        data-testid="assistant-name"
      />
      <fieldset className={form['fieldset']}>
        <legend>{t('assistants.scopes')}</legend>
        {services.map(({ id, title }) => (
          <Select
            key={id}
            label={title}
            value={granted[id] ?? 'none'}
            allowDeselect={false}
            data={grants.map((grant) => ({ value: grant, label: t(`assistants.scope.${grant}`) }))}
            onChange={(value) => {
              const grant = grants.find((one) => one === value) ?? 'none';
              setGranted({ ...granted, [id]: grant });
            }}
            data-testid={`assistant-scope-${id}`}
          />
        ))}
      </fieldset>
      {name.trim() !== '' && scopes.length === 0 ? <p className={form['hint']}>{t('assistants.scope.need')}</p> : null}
      <DaysSelect value={days} onChange={setDays} testId="assistant-days" />
      {create.error ? <Failure failure={create.error.failure} /> : null}
      <Button
        type="submit"
        variant="filled"
        leftSection={<IconKey size={16} />}
        disabled={!ready}
        loading={create.isPending}
        data-testid="assistant-create"
      >
        {t('assistants.create')}
      </Button>
    </form>
  );
}
