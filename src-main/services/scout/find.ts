import { fail, ok, type Result } from '#shared/result.ts';
import { likePattern } from '#main/shop/search.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { toolError, type ToolError } from '../base/tool-error.ts';

type Named = { readonly id: string; readonly name: string };

/**
 * The product that is meant by an id, a sku, or a name, whole or in part, local names included. Fails with `not-found`, and `ambiguous` with the candidates.
 */
export function findProduct(db: ReadableDb, words: string): Result<Named, ToolError> {
  const by = (condition: string, text: string, times: number): Named[] =>
    db.all<Named>(
      `SELECT id, name FROM products WHERE ${condition} ORDER BY active DESC, name LIMIT 6`,
      ...Array.from({ length: times }, () => text),
    );
  const exact = words.trim();
  return choose('product', words, [
    () => by('id = ? OR sku = ? COLLATE NOCASE', exact, 2),
    () => by('name = ? COLLATE NOCASE OR local_name = ? COLLATE NOCASE', exact, 2),
    () =>
      by(`name LIKE ? ESCAPE '\\' OR local_name LIKE ? ESCAPE '\\' OR brand LIKE ? ESCAPE '\\'`, likePattern(words), 3),
  ]);
}

/** The customer of a store that is meant by an id, a phone number or a name, whole or in part. Fails as findProduct does. */
export function findCustomer(db: ReadableDb, storeId: string, words: string): Result<Named, ToolError> {
  const by = (condition: string, ...values: string[]): Named[] =>
    db.all<Named>(
      `SELECT id, name FROM customers WHERE store_id = ? AND (${condition}) ORDER BY name LIMIT 6`,
      storeId,
      ...values,
    );
  const exact = words.trim();
  return choose('customer', words, [
    () => by('id = ? OR phone = ?', exact, exact),
    () => by('name = ? COLLATE NOCASE', exact),
    () => by(`name LIKE ? ESCAPE '\\'`, likePattern(words)),
  ]);
}

/** The only match of the first way that finds any. */
function choose(kind: string, words: string, ways: readonly (() => Named[])[]): Result<Named, ToolError> {
  for (const way of words.trim() === '' ? [] : ways) {
    const found = way();
    const [first, second] = found;
    if (first && !second) return ok(first);
    if (first) {
      const names = found.slice(0, 5).map(({ id, name }) => `${name} (${id})`);
      return fail(toolError('ambiguous', `'${shortened(words)}' may be several ${kind}s: ${names.join(', ')}.`));
    }
  }
  return fail(
    toolError(
      'not-found',
      `No ${kind} matches '${shortened(words)}'.`,
      kind === 'product'
        ? 'Call stock_status to see the products, or give a part of the name.'
        : 'Call credit_ledger to see the customers.',
    ),
  );
}

function shortened(words: string): string {
  return words.length > 60 ? `${words.slice(0, 59)}…` : words;
}
