import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import form from '../../ui/form.module.css';
import { formatMoney, parseMoney } from '../../ui/format.ts';
import { tell } from '../../ui/toasts.tsx';

type Customer = CommandOutput<'customers.list'>['items'][number];

/** Records what a customer takes on credit or pays back. */
export function CreditForm({ customer }: { customer: Customer }) {
  const [kind, setKind] = useState<'charge' | 'payment'>('payment');
  const [amount, setAmount] = useState('');
  const [note, setNote] = useState('');
  const record = useDo('credit.record');
  const centavos = parseMoney(amount);
  const valid = centavos !== null && centavos > 0;
  const save = (): void => {
    if (centavos === null || !valid) return;
    const done = {
      onSuccess: () => {
        setAmount('');
        setNote('');
        tell('credit', t('customers.credit.done', { amount: formatMoney(centavos), name: customer.name }));
      },
    };
    record.mutate({ customerId: customer.id, kind, amount: centavos, note: note.trim() || null }, done);
  };
  return (
    <form
      className={`${form['form']} ${form['section']}`}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <h3 className={form['subtitle']}>{t('customers.credit')}</h3>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={t('customers.credit')}
        value={kind}
        data={[
          { value: 'payment', label: t('customers.credit.payment') },
          { value: 'charge', label: t('customers.credit.charge') },
        ]}
        onChange={(next) => setKind(next === 'charge' ? 'charge' : 'payment')}
      />
      <div className={form['pair']}>
        <TextInput
          label={t('customers.credit.amount')}
          leftSection="₱"
          inputMode="decimal"
          value={amount}
          error={amount !== '' && !valid ? t('form.money') : null}
          onChange={(event) => setAmount(event.currentTarget.value)}
          data-testid="credit-amount"
        />
        <TextInput
          label={t('customers.credit.note')}
          value={note}
          maxLength={200}
          onChange={(event) => setNote(event.currentTarget.value)}
          data-testid="credit-note"
        />
      </div>
      {record.error === null ? null : <Failure failure={record.error.failure} />}
      <Button type="submit" disabled={!valid} loading={record.isPending} data-testid="credit-save">
        {t('customers.credit.record')}
      </Button>
    </form>
  );
}
