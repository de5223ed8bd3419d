import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Product } from '#shared/contract/schemas.ts';
import { useCommand, useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import form from '../../ui/form.module.css';
import { formatQty, parseQty } from '../../ui/format.ts';
import { tell } from '../../ui/toasts.tsx';
import { kinds, signedQty, type Kind } from './movement.ts';

/** Records what came in, spoiled, or was counted wrong. Changes add up over PCs. */
export function StockForm({ product }: { product: Product }) {
  const [kind, setKind] = useState<Kind>('delivery');
  const [text, setText] = useState('');
  const stock = useCommand('stock.list', { productIds: [product.id] });
  const move = useDo('stock.move');
  const level = stock.data?.items[0]?.qty;
  const qty = parseQty(text);
  const valid = qty !== null && qty !== 0 && (kind === 'adjustment' || qty > 0);
  const save = (): void => {
    if (qty === null || !valid) return;
    const done = {
      onSuccess: () => {
        setText('');
        tell('stock', t('products.stock.done', { name: product.name }));
      },
    };
    move.mutate({ productId: product.id, kind, qty: signedQty(kind, qty) }, done);
  };
  return (
    <form
      className={`${form['form']} ${form['section']}`}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div className={form['section-head']}>
        <h3 className={form['subtitle']}>{t('products.stock')}</h3>
        <p className="num" data-testid="product-stock">
          {level === undefined
            ? t('products.stock.unknown')
            : t('products.stock.now', { qty: `${formatQty(level)} ${product.unit}` })}
        </p>
      </div>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={t('products.stock.kind')}
        value={kind}
        data={kinds.map((value) => ({ value, label: t(`movement.${value}`) }))}
        onChange={(next) => setKind(kinds.find((value) => value === next) ?? 'delivery')}
      />
      <div className={form['pair']}>
        <TextInput
          aria-label={t('products.stock.qty')}
          placeholder={t('products.stock.qty')}
          inputMode="decimal"
          value={text}
          error={text !== '' && !valid ? t('form.qty') : null}
          onChange={(event) => setText(event.currentTarget.value)}
          data-testid="stock-qty"
        />
        <Button type="submit" disabled={!valid} loading={move.isPending} data-testid="stock-save">
          {t('products.stock.record')}
        </Button>
      </div>
      {move.error === null ? null : <Failure failure={move.error.failure} />}
      <p className={form['hint']}>{t('products.stock.add')}</p>
    </form>
  );
}
