import { Button, Switch } from '@mantine/core';
import { IconDeviceFloppy } from '@tabler/icons-react';
import type { Product } from '#shared/contract/schemas.ts';
import { useDo } from '../../app/queries.ts';
import { columnLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { changesOf } from '../../ui/changes-of.ts';
import { Failure } from '../../ui/failure.tsx';
import { ChangedBeneath, MoneyField, TextField, type Beneath } from '../../ui/fields.tsx';
import form from '../../ui/form.module.css';
import { useLiveDraft } from '../../ui/live-draft.ts';
import { tell } from '../../ui/toasts.tsx';
import { productDraft, productValues, type ProductDraft } from './product-draft.ts';

/** Creates a product, or changes what was touched of one. Fields nobody touched follow the record while the form is open. */
export function ProductForm({ product, onDone }: { product: Product | null; onDone: () => void }) {
  const { draft, write, isTouched, isChangedBeneath, take } = useLiveDraft(productDraft(product));
  const create = useDo('products.create');
  const update = useDo('products.update');
  const values = productValues(draft);
  const touched = (name: keyof Product): boolean => name !== 'id' && isTouched(name);
  const changes = product === null || values === null ? null : changesOf(product, values, touched);
  const changed = product === null || (changes !== null && Object.keys(changes).length > 0);
  const failure = create.error?.failure ?? update.error?.failure;
  const saved = (): void => {
    tell('product', t('products.saved', { name: draft.name.trim() }));
    onDone();
  };
  const save = (): void => {
    if (values === null) return;
    if (product === null) {
      const { sku, name, category, unit, price, cost } = values;
      create.mutate({ sku, name, category, unit, price, cost }, { onSuccess: saved });
    } else if (changes !== null) update.mutate({ id: product.id, changes }, { onSuccess: saved });
  };
  const beneath = (name: keyof ProductDraft): Beneath | null => {
    if (!isChangedBeneath(name)) return null;
    const value = productDraft(product)[name];
    return { value: typeof value === 'string' ? value : t(value ? 'app.yes' : 'app.no'), onTake: () => take(name) };
  };
  const field = (name: Exclude<keyof ProductDraft, 'active'>) => ({
    label: columnLabel(name),
    value: draft[name],
    onChange: (value: string) => write(name, value),
    testId: `product-${name}`,
    beneath: beneath(name),
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
      <div className={form['pair']}>
        <TextField {...field('category')} required maxLength={60} />
        {product === null ? null : <TextField {...field('brand')} />}
      </div>
      {product === null ? null : (
        <>
          <div className={form['pair']}>
            <TextField {...field('local_name')} />
            <Switch
              className={form['beside']}
              label={t('products.active')}
              checked={draft.active}
              onChange={(event) => write('active', event.currentTarget.checked)}
              data-testid="product-active"
            />
          </div>
          <ChangedBeneath beneath={beneath('active')} testId="product-active" />
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
