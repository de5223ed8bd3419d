import { Button } from '@mantine/core';
import { IconDeviceFloppy } from '@tabler/icons-react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import { useDo } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { columnLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { changesOf } from '../../ui/changes-of.ts';
import { Failure } from '../../ui/failure.tsx';
import { MoneyField, TextField } from '../../ui/fields.tsx';
import form from '../../ui/form.module.css';
import { amountText, formatTime, parseMoney } from '../../ui/format.ts';
import { useLiveDraft } from '../../ui/live-draft.ts';
import { tell } from '../../ui/toasts.tsx';

type Customer = CommandOutput<'customers.list'>['items'][number];

const draftFrom = (customer: Customer | null) => ({
  name: customer?.name ?? '',
  phone: customer?.phone ?? '',
  address: customer?.address ?? '',
  credit_limit: amountText(customer?.credit_limit ?? 0),
  note: customer?.note ?? '',
  tags: customer?.tags.join(', ') ?? '',
});

/** Tags as a person writes them: separated by commas, each once. */
const tagsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  ),
];

/** Creates a customer, or changes what was touched of one. Fields nobody touched follow the record while the form is open. */
export function CustomerForm({ customer, onDone }: { customer: Customer | null; onDone: () => void }) {
  const current = draftFrom(customer);
  const { draft, write, isTouched, isChangedBeneath, take } = useLiveDraft(current);
  const create = useDo('customers.create');
  const update = useDo('customers.update');
  const limit = parseMoney(draft.credit_limit);
  const values = {
    name: draft.name.trim(),
    phone: draft.phone.trim() || null,
    address: draft.address.trim() || null,
    note: draft.note.trim() || null,
    tags: tagsOf(draft.tags),
  };
  const valid =
    values.name !== '' &&
    limit !== null &&
    limit >= 0 &&
    values.tags.length <= 20 &&
    values.tags.every((tag) => tag.length <= 40);
  const touched = (name: keyof Customer): boolean => name in draft && isTouched(name as keyof typeof draft);
  const changes =
    customer === null || limit === null ? null : changesOf(customer, { ...values, credit_limit: limit }, touched);
  const changed = customer === null || (changes !== null && Object.keys(changes).length > 0);
  const failure = create.error?.failure ?? update.error?.failure;
  const saved = (): void => {
    tell('customer', t('customers.saved', { name: values.name }));
    onDone();
  };
  const save = (): void => {
    if (!valid) return;
    if (customer === null) create.mutate({ name: values.name, phone: values.phone }, { onSuccess: saved });
    else if (changes !== null) update.mutate({ id: customer.id, changes }, { onSuccess: saved });
  };
  const field = (name: keyof typeof draft) => ({
    label: columnLabel(name),
    value: draft[name],
    onChange: (value: string) => write(name, value),
    testId: `customer-${name}`,
    beneath: isChangedBeneath(name) ? { value: current[name], onTake: () => take(name) } : null,
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
      <div className={form['pair']}>
        <TextField {...field('phone')} maxLength={40} />
        {customer === null ? null : <MoneyField {...field('credit_limit')} />}
      </div>
      {customer === null ? null : (
        <>
          <TextField {...field('address')} />
          <TextField {...field('note')} />
          <TextField
            {...field('tags')}
            label={`${columnLabel('tags')} (${t('customers.tags.hint').toLowerCase()})`}
            maxLength={400}
          />
          <Visits customer={customer} />
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

function Visits({ customer }: { customer: Customer }) {
  const now = useNow(60_000);
  const { first_visit_at: first, last_visit_at: last } = customer;
  if (first === null || last === null) return null;
  return (
    <p className="dim" data-testid="customer-visits">
      {t('customers.visits', { first: formatTime(first, now), last: formatTime(last, now) })}
    </p>
  );
}
