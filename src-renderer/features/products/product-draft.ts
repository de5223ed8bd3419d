import type { Product } from '#shared/contract/schemas.ts';
import { amountText, parseMoney } from '../../ui/format.ts';

/** A product as it is written in the form: amounts are text until they are saved. */
export type ProductDraft = {
  sku: string;
  name: string;
  local_name: string;
  brand: string;
  category: string;
  unit: string;
  price: string;
  cost: string;
  active: boolean;
};

/** The form of a product; empty for a new one. */
export function productDraft(product: Product | null): ProductDraft {
  return {
    sku: product?.sku ?? '',
    name: product?.name ?? '',
    local_name: product?.local_name ?? '',
    brand: product?.brand ?? '',
    category: product?.category ?? '',
    unit: product?.unit ?? 'pc',
    price: product === null ? '' : amountText(product.price),
    cost: product === null ? '' : amountText(product.cost),
    active: (product?.active ?? 1) === 1,
  };
}

/** The draft as values; null while something needed is missing or no amount. */
export function productValues(draft: ProductDraft): Omit<Product, 'id'> | null {
  const price = parseMoney(draft.price);
  const cost = draft.cost.trim() === '' ? 0 : parseMoney(draft.cost);
  const sku = draft.sku.trim();
  const name = draft.name.trim();
  const category = draft.category.trim();
  const unit = draft.unit.trim();
  if (price === null || price < 0 || cost === null || cost < 0) return null;
  if (sku === '' || name === '' || category === '' || unit === '') return null;
  return {
    sku,
    name,
    category,
    unit,
    price,
    cost,
    local_name: draft.local_name.trim() || null,
    brand: draft.brand.trim() || null,
    active: draft.active ? 1 : 0,
  };
}
