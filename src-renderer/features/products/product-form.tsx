import { Button, Switch } from '@mantine/core';
import { IconDeviceFloppy } from '@tabler/icons-react';
import { useState } from 'react';
import type { Product } from '#shared/contract/schemas.ts';
import { useDo } from '../../app/queries.ts';
import { columnLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { changesOf } from '../../ui/changes-of.ts';
import { Failure } from '../../ui/failure.tsx';
import { MoneyField, TextField } from '../../ui/fields.tsx';
import form from '../../ui/form.module.css';
import { tell } from '../../ui/toasts.tsx';
import { productDraft, productValues } from './product-draft.ts';

/** Creates a product, or changes what was touched of one. Starts from the product as it was when the panel opened. */
export function ProductForm({ product, onDone }: { product: Product | null; onDone: () => void }) {
  const [before] = useState(product);
  const [draft, setDraft] = useState(() => productDraft(product));
  const create = useDo('products.create');
  const update = useDo('products.update');
  const values = productValues(draft);
  const changes = before === null || values === null ? null : changesOf(before, values);
  const changed = before === null || (changes !== null && Object.keys(changes).length > 0);
  const failure = create.error?.failure ?? update.error?.failure;
  const saved = (): void => {
    tell('product', t('products.saved', { name: draft.name.trim() }));
    onDone();
  };
  const save = (): void => {
    if (values === null) return;
    if (before === null) {
      const { sku, name, category, unit, price, cost } = values;
      create.mutate({ sku, name, category, unit, price, cost }, { onSuccess: saved });
    } else if (changes !== null) update.mutate({ id: before.id, changes }, { onSuccess: saved });
  };
  const field = (name: 'sku' | 'name' | 'local_name' | 'brand' | 'category' | 'unit' | 'price' | 'cost') => ({
    label: columnLabel(name),
    value: draft[name],
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
    testId: `product-${name}`,
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
        <MoneyField {...field('price')} />
        <MoneyField {...field('cost')} />
      </div>
      <div className={form['pair']}>
        <TextField {...field('sku')} required maxLength={40} />
        <TextField {...field('unit')} required maxLength={20} />
      </div>
      <TextField {...field('category')} required maxLength={60} />
      {before === null ? null : (
        <>
          <div className={form['pair']}>
            <TextField {...field('local_name')} />
            <TextField {...field('brand')} />
          </div>
          <Switch
            label={t('products.active')}
            checked={draft.active}
            onChange={(event) => setDraft({ ...draft, active: event.currentTarget.checked })}
          />
        </>
      )}
      {failure === undefined ? null : <Failure failure={failure} />}
      <Button
        type="submit"
        variant="filled"
        leftSection={<IconDeviceFloppy size={16} />}
        disabled={values === null || !changed}
        loading={create.isPending || update.isPending}
        data-testid="product-save"
      >
        {t('app.save')}
      </Button>
    </form>
  );
}
