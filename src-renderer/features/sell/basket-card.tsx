import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { IconBasket, IconCheck, IconMinus, IconPlus, IconTrash } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import { formatMoney, formatQty, parseQty } from '../../ui/format.ts';
import { Card, Empty, Keys } from '../../ui/page.tsx';
import { tell } from '../../ui/toasts.tsx';
import { basketTotal, lineTotal, setQty, type BasketLine } from './basket.ts';
import { CustomerPick } from './customer-pick.tsx';
import { payments, shortPayment, type Payment } from './payments.ts';
import css from './sell.module.css';

type BasketProps = { lines: BasketLine[]; onLines: (lines: BasketLine[]) => void; onRecorded: () => void };

/** What the customer takes, how they pay, and the one button. */
export function BasketCard({ lines, onLines, onRecorded }: BasketProps) {
  const [payment, setPayment] = useState<Payment>('cash');
  const [customerId, setCustomerId] = useState<string | null>(null);
  const record = useDo('sales.record');
  const needsCustomer = payment === 'credit' && customerId === null;
  const ready = lines.length > 0 && !needsCustomer && !record.isPending;
  const submit = (): void => {
    if (!ready) return;
    const items = lines.map((line) => ({ productId: line.product.id, qty: line.qty }));
    record.mutate(
      { items, payment, customerId: payment === 'credit' ? customerId : null },
      {
        onSuccess: ({ number, total }) => {
          tell('sale', t('sell.recorded', { number, total: formatMoney(total) }));
          setPayment('cash');
          setCustomerId(null);
          onRecorded();
        },
      },
    );
  };
  useRecordKey(submit);
  return (
    <Card title={t('sell.basket')} className={css['basket']}>
      <div className={css['lines']} data-testid="sell-basket">
        {lines.length === 0 ? <Empty icon={<IconBasket size={22} />}>{t('sell.basket.empty')}</Empty> : null}
        {lines.map((line) => (
          <Line key={line.product.id} line={line} onQty={(qty) => onLines(setQty(lines, line.product.id, qty))} />
        ))}
      </div>
      <div className={css['total']}>
        <span>{t('sell.total')}</span>
        <output className={css['total-figure']} data-testid="sell-total">
          {formatMoney(basketTotal(lines))}
        </output>
      </div>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={t('sell.payment')}
        value={payment}
        data={payments.map((value) => ({ value, label: shortPayment(value) }))}
        onChange={(next) => setPayment(payments.find((value) => value === next) ?? 'cash')}
        data-testid="sell-payment"
      />
      <div className={css['customer']}>
        {payment === 'credit' ? <CustomerPick value={customerId} onChange={setCustomerId} /> : null}
      </div>
      {record.error === null ? null : <Failure failure={record.error.failure} />}
      <Button
        variant="filled"
        size="md"
        fullWidth
        leftSection={<IconCheck size={18} />}
        disabled={lines.length === 0 || needsCustomer}
        loading={record.isPending}
        onClick={submit}
        data-testid="sell-record"
      >
        {t('sell.record')} <Keys>F9</Keys>
      </Button>
    </Card>
  );
}

/** F9 or Ctrl+Enter record the sale from anywhere on the screen. */
function useRecordKey(submit: () => void): void {
  const latest = useRef(submit);
  useEffect(() => {
    latest.current = submit;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'F9' && !(event.key === 'Enter' && event.ctrlKey)) return;
      event.preventDefault();
      if (!event.repeat) latest.current();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function Line({ line, onQty }: { line: BasketLine; onQty: (qty: number) => void }) {
  const { product, qty } = line;
  const { name } = product;
  return (
    <div className={css['line']}>
      <span className={css['line-name']} title={name}>
        {name}
      </span>
      <span className={css['line-each']}>{t('sell.each', { price: formatMoney(product.price) })}</span>
      <div className={css['qty']}>
        <ActionIcon variant="default" size={28} aria-label={t('sell.less', { name })} onClick={() => onQty(qty - 1000)}>
          <IconMinus size={14} />
        </ActionIcon>
        <QtyInput key={qty} qty={qty} label={t('sell.qty', { name })} onQty={onQty} />
        <ActionIcon variant="default" size={28} aria-label={t('sell.more', { name })} onClick={() => onQty(qty + 1000)}>
          <IconPlus size={14} />
        </ActionIcon>
      </div>
      <span className={css['line-total']}>{formatMoney(lineTotal(line))}</span>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={28}
        aria-label={t('sell.remove', { name })}
        onClick={() => onQty(0)}
      >
        <IconTrash size={16} />
      </ActionIcon>
    </div>
  );
}

/** The quantity as text: taken over on Enter or when the field is left, so that "0." can be written on the way to "0.5". */
function QtyInput({ qty, label, onQty }: { qty: number; label: string; onQty: (qty: number) => void }) {
  const [text, setText] = useState(formatQty(qty));
  const take = (): void => {
    const next = parseQty(text);
    if (next === null || next <= 0) setText(formatQty(qty));
    else if (next !== qty) onQty(next);
  };
  return (
    <input
      className={css['qty-input']}
      aria-label={label}
      inputMode="decimal"
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.ctrlKey) take();
      }}
    />
  );
}
