import { useQueries } from '@tanstack/react-query';
import { commandQuery, useApp } from '../../app/queries.ts';

/** The contract takes at most this many products at once. */
const atOnce = 200;

/** Stock by product in thousandths. Asked in slices of fixed borders: loading more rows asks only for the new ones. */
export function useStock(productIds: readonly string[]): ReadonlyMap<string, number> {
  const { caller } = useApp();
  const slices = sliced(productIds, atOnce);
  const answers = useQueries({
    queries: slices.map((slice) => commandQuery(caller, 'stock.list', { productIds: slice })),
  });
  return new Map(answers.flatMap((answer) => answer.data?.items ?? []).map((item) => [item.productId, item.qty]));
}

/** Cuts a list into slices of at most `size`; exported for its test. */
export function sliced<T>(all: readonly T[], size: number): T[][] {
  const count = Math.ceil(all.length / size);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}
