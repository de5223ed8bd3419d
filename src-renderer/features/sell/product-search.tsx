import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState, type KeyboardEvent, type RefObject } from 'react';
import type { Product } from '#shared/contract/schemas.ts';
import { useCommand } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { formatMoney, formatQty } from '../../ui/format.ts';
import { Card, Keys } from '../../ui/page.tsx';
import { readSearch } from './basket.ts';
import css from './sell.module.css';

const shown = 6;

type ProductSearchProps = { input: RefObject<HTMLInputElement | null>; onAdd: (product: Product, qty: number) => void };

/** The search field with its list: arrows choose, Enter adds. */
export function ProductSearch({ input, onAdd }: ProductSearchProps) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const { qty, search } = readSearch(text);
  const query = useCommand('products.list', { search, limit: shown * 4 });
  const found = (query.data?.items ?? []).filter((product) => product.active === 1).slice(0, shown);
  const current = Math.min(at, Math.max(0, found.length - 1));
  const add = (product: Product): void => {
    onAdd(product, qty);
    setText('');
    setAt(0);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, current + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, current - 1));
    else if (event.key === 'Escape') setText('');
    else if (event.key === 'Enter' && !event.ctrlKey) {
      const product = found[current];
      // While the list still shows the search before, Enter must not add a product nobody saw.
      if (product !== undefined && !query.isPlaceholderData) add(product);
    } else return;
    event.preventDefault();
  };
  return (
    <Card className={css['search']}>
      <TextInput
        ref={input}
        aria-label={t('sell.search')}
        placeholder={t('sell.search')}
        size="md"
        value={text}
        autoFocus
        maxLength={80}
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls="sell-results"
        aria-activedescendant={found.length > 0 ? `sell-result-${current}` : undefined}
        aria-autocomplete="list"
        leftSection={<IconSearch size={18} aria-hidden />}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        data-testid="sell-search"
      />
      <div className={css['results']} id="sell-results" role="listbox" aria-label={t('sell.results')}>
        {found.map((product, index) => (
          // The field keeps the focus and names the chosen option; the mouse is the other way in.
          <div
            key={product.id}
            id={`sell-result-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            className={css['result']}
            onClick={() => add(product)}
            onKeyDown={onKeyDown}
            data-testid="sell-result"
          >
            <span className={css['result-name']}>
              {product.name}
              {product.local_name === null ? null : <span className="dim"> {product.local_name}</span>}
            </span>
            <span className="dim">{product.sku}</span>
            <span className={css['result-keys']}>
              {index === current ? <Keys>{qty === 1000 ? 'Enter' : `${formatQty(qty)} × Enter`}</Keys> : null}
            </span>
            <span className={css['result-price']}>{formatMoney(product.price)}</span>
          </div>
        ))}
        {query.isSuccess && found.length === 0 ? (
          <p className={css['none']}>{t('sell.results.none', { search })}</p>
        ) : null}
      </div>
    </Card>
  );
}
