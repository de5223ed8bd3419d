import { useRef, useState } from 'react';
import type { Product } from '#shared/contract/schemas.ts';
import { t } from '../../i18n/translate.ts';
import { Page } from '../../ui/page.tsx';
import { addToBasket, type BasketLine } from './basket.ts';
import { BasketCard } from './basket-card.tsx';
import { LastSales } from './last-sales.tsx';
import { ProductSearch } from './product-search.tsx';
import css from './sell.module.css';

/** The till: search, Enter, quantity, payment, record. Made for the keyboard. */
export function SellScreen() {
  const [lines, setLines] = useState<BasketLine[]>([]);
  const search = useRef<HTMLInputElement>(null);
  const add = (product: Product, qty: number): void => setLines((before) => addToBasket(before, product, qty));
  const recorded = (): void => {
    setLines([]);
    search.current?.focus();
  };
  return (
    <Page title={t('sell.title')} lead={t('sell.lead')}>
      <div className={css['till']}>
        <div className={css['left']}>
          <ProductSearch input={search} onAdd={add} />
          <LastSales />
        </div>
        <BasketCard lines={lines} onLines={setLines} onRecorded={recorded} />
      </div>
    </Page>
  );
}
