import { Button } from '@mantine/core';
import { IconDeviceFloppy } from '@tabler/icons-react';
import { useState } from 'react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import { useDo } from '../../app/queries.ts';
import { columnLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { changesOf } from '../../ui/changes-of.ts';
import { Failure } from '../../ui/failure.tsx';
import { MoneyField, TextField } from '../../ui/fields.tsx';
import form from '../../ui/form.module.css';
import { amountText, parseMoney } from '../../ui/format.ts';
import { tell } from '../../ui/toasts.tsx';

type Customer = CommandOutput<'customers.list'>['items'][number];

/** Creates a customer, or changes what was touched of one. Starts from the customer as they were when the panel opened. */
export function CustomerForm({ customer, onDone }: { customer: Customer | null; onDone: () => void }) {
  const [before] = useState(customer);
  const [draft, setDraft] = useState({
    name: customer?.name ?? '',
    phone: customer?.phone ?? '',
    address: customer?.address ?? '',
    credit_limit: amountText(customer?.credit_limit ?? 0),
    note: customer?.note ?? '',
  });
  const create = useDo('customers.create');
  const update = useDo('customers.update');
  const limit = parseMoney(draft.credit_limit);
  const values = {
    name: draft.name.trim(),
    phone: draft.phone.trim() || null,
    address: draft.address.trim() || null,
    note: draft.note.trim() || null,
  };
  const valid = values.name !== '' && limit !== null && limit >= 0;
  const changes = before === null || limit === null ? null : changesOf(before, { ...values, credit_limit: limit });
  const changed = before === null || (changes !== null && Object.keys(changes).length > 0);
  const failure = create.error?.failure ?? update.error?.failure;
  const saved = (): void => {
    tell('customer', t('customers.saved', { name: values.name }));
    onDone();
  };
  const save = (): void => {
    if (!valid) return;
    if (before === null) create.mutate({ name: values.name, phone: values.phone }, { onSuccess: saved });
    else if (changes !== null) update.mutate({ id: before.id, changes }, { onSuccess: saved });
  };
  const field = (name: keyof typeof draft) => ({
    label: columnLabel(name),
    value: draft[name],
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
    testId: `customer-${name}`,
  });
  return (
    <form
      className={form['form']}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <TextField {...field('name')} required />
      <TextField {...field('phone')} maxLength={40} />
      {before === null ? null : (
        <>
          <MoneyField {...field('credit_limit')} />
          <TextField {...field('address')} />
          <TextField {...field('note')} />
        </>
      )}
      {failure === undefined ? null : <Failure failure={failure} />}
      <Button
        type="submit"
        variant="filled"
        leftSection={<IconDeviceFloppy size={16} />}
        disabled={!valid || !changed}
        loading={create.isPending || update.isPending}
        data-testid="customer-save"
      >
        {t('app.save')}
      </Button>
    </form>
  );
}
