import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import { useDo } from '../../app/queries.ts';
import { t, type PlainKey } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import { formatMoney } from '../../ui/format.ts';
import { tell } from '../../ui/toasts.tsx';
import css from './sell.module.css';

type Sale = CommandOutput<'sales.list'>['items'][number];
const reasons: readonly PlainKey[] = ['sell.void.wrong', 'sell.void.return', 'sell.void.double', 'sell.void.other'];

/** Asks why a sale is void before it becomes so. */
export function VoidSale({ sale, onClose }: { sale: Sale; onClose: () => void }) {
  const [reason, setReason] = useState<PlainKey | null>(null);
  const [own, setOwn] = useState('');
  const make = useDo('sales.void');
  const text = reason === 'sell.void.other' ? own.trim() : reason === null ? '' : t(reason);
  const submit = (): void => {
    const done = { onSuccess: () => (tell('sale', t('sell.void.done', { number: sale.number })), onClose()) };
    make.mutate({ id: sale.id, reason: text }, done);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <strong>
          {t('sell.void.open', { number: sale.number })}, {formatMoney(sale.total)}
        </strong>
      }
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <p className="dim">{t('sell.void.text')}</p>
      <fieldset className={css['reasons']}>
        <legend>{t('sell.void.why')}</legend>
        {reasons.map((key) => (
          <label key={key}>
            <input type="radio" name="void-reason" checked={reason === key} onChange={() => setReason(key)} />
            {t(key)}
          </label>
        ))}
      </fieldset>
      {reason === 'sell.void.other' ? (
        <TextInput
          label={t('sell.void.reason')}
          value={own}
          maxLength={200}
          autoFocus
          onChange={(event) => setOwn(event.currentTarget.value)}
          data-testid="void-reason-own"
        />
      ) : null}
      {make.error === null ? null : <Failure failure={make.error.failure} />}
      <div className={css['buttons']}>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button
          variant="filled"
          color="red"
          disabled={text === ''}
          loading={make.isPending}
          onClick={submit}
          data-testid="void-yes"
        >
          {t('sell.void')}
        </Button>
      </div>
    </Modal>
  );
}
