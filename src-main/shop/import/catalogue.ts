import type { Product } from '#shared/contract/schemas.ts';
import type { Store } from '#main/store/types.ts';
import { derivedId } from '../derived-id.ts';
import { normalName } from './words.ts';

export type KnownProduct = { readonly id: string; readonly unit: string; readonly price: number };
/** A product of a file: one of the catalogue, or a new one that must be written before its first sale. */
export type Resolved = { readonly product: KnownProduct; readonly created: Product | null };

/**
 * Finds products by name or sku, whatever the case, accents and blanks. What the catalogue does not have becomes a product of
 * category "Imported" with price 0; its id follows from its name, so that two PCs that import the same file add it once.
 */
export function createCatalogue(store: Store): (name: string) => Resolved {
  const rows = store.read.all<KnownProduct & { name: string; sku: string }>(
    'SELECT id, name, sku, unit, price FROM products ORDER BY active, id DESC',
  );
  const known = new Map<string, KnownProduct>();
  for (const row of rows) known.set(normalName(row.sku), row);
  // names are surer than skus, and what is sold now surer than what is not: later entries replace earlier ones
  for (const row of rows) known.set(normalName(row.name), row);
  const byText = new Map<string, KnownProduct>();
  return (name) => {
    const seen = byText.get(name);
    if (seen) return { product: seen, created: null };
    const normal = normalName(name);
    const found = known.get(normal) ?? renamed(store, normal);
    const created = found ? null : newProduct(store, name, normal);
    const product = found ?? (created as Product);
    known.set(normal, product);
    byText.set(name, product);
    return { product, created };
  };
}

function idOf(normal: string): string {
  return derivedId('imported-product', normal);
}

/** A product that an earlier import brought and somebody renamed since. */
function renamed(store: Store, normal: string): KnownProduct | undefined {
  return store.read.get<KnownProduct>('SELECT id, unit, price FROM products WHERE id = ?', idOf(normal));
}

function newProduct(store: Store, name: string, normal: string): Product {
  const wanted = idOf(normal);
  const gone = store.read.get(
    `SELECT 1 FROM _row_state WHERE table_name = 'products' AND row_id = ? AND deleted > 0`,
    wanted,
  );
  // a deleted row does not come back under its old id
  const id = gone ? store.newId() : wanted;
  const sku = `IMP-${id.replaceAll('-', '').slice(-10).toUpperCase()}`;
  const nothing = { local_name: null, brand: null };
  return { id, sku, name: name.trim(), category: 'Imported', unit: 'pc', price: 0, cost: 0, active: 1, ...nothing };
}
