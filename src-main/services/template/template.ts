import { z } from 'zod';
import { fail, ok } from '#shared/result.ts';
import { updateProduct } from '#main/shop/products.ts';
import type { Store } from '#main/store/types.ts';
import { serviceKit } from '#main/services/base/define.ts';
import { toolError } from '#main/services/base/tool-error.ts';

/** What the tools need. */
export type TemplateDeps = { readonly store: Store };

const { defineTool, defineListTool, definePrompt, defineResource, defineService } = serviceKit<TemplateDeps>();
const product = z.object({ id: z.string(), name: z.string(), price: z.int().describe('In centavos.') });

const listItems = defineListTool({
  name: 'list_items',
  title: 'Items',
  description: 'Products by name, with their prices. Use it to find the id of a product.',
  hints: { destructive: false, idempotent: true, openWorld: false },
  access: 'read',
  input: z.object({ search: z.string().max(80).default('').describe('Part of a name.') }),
  item: product,
  key: z.tuple([z.string(), z.string()]),
  keyOf: ({ name, id }) => [name, id],
  run: ({ search }, { limit, after }, { deps }) => {
    const matching = 'FROM products WHERE instr(lower(name), lower(?)) > 0';
    const rows = deps.store.read.all<{ id: string; name: string; price: number }>(
      `SELECT id, name, price ${matching} AND (name, id) > (?, ?) ORDER BY name, id LIMIT ?`,
      search,
      ...(after ?? ['', '']),
      limit + 1,
    );
    const total = deps.store.read.get<{ n: number }>(`SELECT count(*) AS n ${matching}`, search)?.n ?? 0;
    return ok({ items: rows.slice(0, limit), total, more: rows.length > limit });
  },
});

const setPrice = defineTool({
  name: 'set_price',
  title: 'Set a price',
  description: 'Changes the price of one product from now on. Find its id with list_items. A person is asked first.',
  hints: { destructive: true, idempotent: true, openWorld: false },
  access: 'write',
  input: z.object({
    id: z.string().describe('The id of the product.'),
    price: z.int().min(0).max(100_000_000).describe('The new price in centavos.'),
  }),
  output: product,
  confirm: ({ id, price }, { deps }) => {
    const name = nameOf(deps.store, id);
    if (!name) return fail(toolError('not-found', `No product has the id '${id}'.`, 'Call list_items to find it.'));
    return ok(`Set the price of ${name} to ${(price / 100).toFixed(2)} pesos?`);
  },
  run: ({ id, price }, { deps }) => {
    const changed = updateProduct(deps.store, { id, changes: { price } });
    return changed.ok ? ok({ id, name: nameOf(deps.store, id) ?? '', price }) : changed;
  },
});

function nameOf(store: Store, id: string): string | undefined {
  return store.read.get<{ name: string }>('SELECT name FROM products WHERE id = ?', id)?.name;
}

const count = defineResource({
  uri: 'pulser://template/count',
  name: 'count',
  title: 'How many',
  description: 'How many products there are.',
  mimeType: 'text/plain',
  read: ({ deps }) => {
    const row = deps.store.read.get<{ n: number }>('SELECT count(*) AS n FROM products');
    return ok({ mimeType: 'text/plain', text: String(row?.n ?? 0) });
  },
});

const review = definePrompt({
  name: 'review_prices',
  title: 'Review prices',
  description: 'Looks through the prices for odd ones.',
  args: [],
  render: () => ok('Go through list_items and name products whose price looks wrong. Change nothing.'),
});

export const template = defineService({
  id: 'template',
  title: 'Template',
  instructions: 'Products and their prices. Prices are in centavos: divide by 100 for pesos.',
  version: '1.0.0',
  tools: [listItems, setPrice],
  resources: [count],
  prompts: [review],
  health: () => [{ name: 'store', state: 'ok', note: '' }],
});
