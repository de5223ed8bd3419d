import { Button, TextInput } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import { useDo } from '../../app/queries.ts';
import { columnLabel, columnOf } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { tell, tellThrown, tellWithUndo } from '../../ui/toasts.tsx';
import { editChanges, editRecords, editText, isBad, type EditDraft } from './edit-draft.ts';
import css from './queue.module.css';

type EditFormProps = { txn: number; operations: CommandOutput<'queue.get'>['operations']; onDone: () => void };

/** Corrects what the cloud refused, in place, and sends it again as the same change. Escape leaves everything as it was. */
export function EditForm({ txn, operations, onDone }: EditFormProps) {
  const [draft, setDraft] = useState<EditDraft>({});
  const form = useRef<HTMLFormElement>(null);
  const edit = useDo('queue.edit');
  const undo = useDo('queue.undoEdit');
  const records = editRecords(operations);
  const changes = editChanges(records, draft);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  const takeBack = (): void =>
    void undo
      .mutateAsync({ txn })
      .then(() => tell(`queue-${txn}`, t('queue.edit.undone')))
      .catch((error: unknown) => tellThrown(error));
  const send = (): void => {
    if (changes === null || edit.isPending) return;
    void edit
      .mutateAsync({ txn, changes })
      .then(() => {
        tellWithUndo(`queue-${txn}`, t('queue.retried'), takeBack, 'queue-undo');
        onDone();
      })
      .catch((error: unknown) => tellThrown(error));
  };
  return (
    <form
      ref={form}
      className={css['edit']}
      aria-label={t('queue.edit.title')}
      data-testid="queue-edit-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // the panel stays open: only the form closes
        event.preventDefault();
        onDone();
      }}
    >
      <h3 className={css['record']}>{t('queue.edit.title')}</h3>
      <p className="dim">{t(records.length === 0 ? 'queue.edit.none' : 'queue.edit.text')}</p>
      {records.map((record) => (
        <fieldset key={record.fields[0]?.key} className={css['edit-record']}>
          <legend>{record.title}</legend>
          <div className={css['edit-fields']}>
            {record.fields.map((field) => (
              <TextInput
                key={field.key}
                label={columnLabel(field.column)}
                value={editText(draft, field)}
                leftSection={columnOf(field.table, field.column)?.type === 'money' ? '₱' : undefined}
                error={isBad(draft, field) ? t('queue.edit.bad') : null}
                onChange={(event) => setDraft({ ...draft, [field.key]: event.currentTarget.value })}
                data-testid={`queue-edit-${field.column}`}
              />
            ))}
          </div>
        </fieldset>
      ))}
      <div className={css['actions']}>
        <Button
          type="submit"
          variant="filled"
          leftSection={<IconSend size={16} />}
          disabled={changes === null}
          loading={edit.isPending}
          data-testid="queue-edit-send"
        >
          {t('queue.edit.send')}
        </Button>
        <Button onClick={onDone}>{t('app.cancel')}</Button>
      </div>
    </form>
  );
}
