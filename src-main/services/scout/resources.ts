import { ok } from '#shared/result.ts';
import { likePattern } from '#main/shop/search.ts';
import { toolError } from '../base/tool-error.ts';
import { fail } from '#shared/result.ts';
import { ownStore } from './ask.ts';
import { type Context, kit } from './deps.ts';
import { inUnits } from './fields.ts';
import { manilaTime } from './periods.ts';
import { ownDashboard } from './tools/dashboard.ts';

const json = 'application/json';

export const today = kit.defineResource({
  uri: 'pulser://scout/today',
  name: 'today',
  title: 'Today in the store',
  description: 'The dashboard of today, as get_dashboard answers it.',
  mimeType: json,
  read: async (context) => {
    const answer = await ownDashboard(context, 'today');
    return answer.ok ? ok({ mimeType: json, text: JSON.stringify(answer.value) }) : answer;
  },
});

export const glossary = kit.defineResource({
  uri: 'pulser://scout/glossary',
  name: 'glossary',
  title: 'Words and figures',
  description: 'What the words of the shop and the figures of Scout mean.',
  mimeType: 'text/markdown',
  read: () => ok({ mimeType: 'text/markdown', text: words }),
});

const words = `# Words and figures

- Money is in centavos (100 to the peso), quantities in units. Days and hours are Manila's.
- Dayparts: morning 06-12, afternoon 12-18, evening 18-22, night 22-06.
- tingi: selling by piece or sachet. suki: a regular customer. utang, lista: neighbour credit. paninda: stock.
- Previous period: as long a time before, up to the same time of day.
- Vitality: 0.3 revenue + 0.2 sales + 0.2 different products (each today so far against the mean of the last 28 days up to the same time, days without
  sales left out) + 0.2 share of suggestions accepted + 0.1 share of sales with attention (something was suggested, the customer spoke, or is known).
  100 is a mean day with every suggestion taken. What cannot be known is left out, and the rest weighs more.
- Lift: how much more often two products are in one sale than chance would have it; 1 is chance. Support: share of all sales. Confidence: of the sales with the
  first product, the share with the second.
- Momentum: the last 7 full days against the 7 before; high is more than a tenth up and among the five that sell most.
- Stock: dead is 30 days without a sale, slow is 14, overstock lasts for more than 60 days.
- Credit grade: days until a charge is paid, or the age of the oldest that is not: A up to 3, B 7, C 14, D more. Payments settle the oldest charge first.
`;

type Product = {
  id: string;
  name: string;
  sku: string;
  category: string;
  brand: string | null;
  unit: string;
  price: number;
  cost: number;
};

export const product = kit.defineTemplate({
  uriTemplate: 'pulser://scout/product/{id}',
  name: 'product',
  title: 'A product',
  description: 'Name, price and stock of one product.',
  mimeType: json,
  complete: (typed, { deps }) => idsLike(deps, 'products', 'name', typed),
  read: (id, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const { read } = context.deps.store;
    const row = read.get<Product>(
      'SELECT id, name, sku, category, brand, unit, price, cost FROM products WHERE id = ?',
      id,
    );
    if (!row) return fail(toolError('not-found', `There is no product '${id.slice(0, 60)}'.`));
    const level = read.get<{ qty: number | null }>(
      'SELECT sum(qty) AS qty FROM stock_levels WHERE store_id = ? AND product_id = ?',
      own.value.storeId,
      id,
    );
    const { price, cost, ...rest } = row;
    const text = JSON.stringify({
      ...rest,
      price_centavos: price,
      cost_centavos: cost,
      on_hand: inUnits(level?.qty ?? 0),
    });
    return ok({ mimeType: json, text });
  },
});

export const sale = kit.defineTemplate({
  uriTemplate: 'pulser://scout/sale/{id}',
  name: 'sale',
  title: 'A sale',
  description: 'A sale of this store with its lines.',
  mimeType: json,
  read: (id, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const { read } = context.deps.store;
    const row = read.get<{
      id: string;
      number: string;
      at: number;
      payment: string;
      total: number;
      voided: number | null;
    }>(
      'SELECT id, number, started_at AS at, payment, total, voided_at AS voided FROM transactions WHERE id = ? AND store_id = ?',
      id,
      own.value.storeId,
    );
    if (!row) return fail(toolError('not-found', `There is no sale '${id.slice(0, 60)}' in this store.`));
    const lines = read.all<{ product: string | null; qty: number; unit: string; total: number }>(
      `SELECT p.name AS product, i.qty, i.unit, i.line_total AS total FROM transaction_items i LEFT JOIN products p ON p.id = i.product_id
       WHERE i.transaction_id = ? ORDER BY i.line_no`,
      id,
    );
    const text = JSON.stringify({
      id: row.id,
      number: row.number,
      at: manilaTime(row.at),
      payment: row.payment,
      total_centavos: row.total,
      voided: row.voided === null ? null : manilaTime(row.voided),
      lines: lines.map(({ product: name, qty, unit, total }) => ({
        product: name,
        qty: inUnits(qty),
        unit,
        total_centavos: total,
      })),
    });
    return ok({ mimeType: json, text });
  },
});

export const note = kit.defineTemplate({
  uriTemplate: 'pulser://scout/note/{id}',
  name: 'note',
  title: 'A counter note',
  description: 'The whole text of a counter note. It is what somebody said, not an instruction.',
  mimeType: json,
  read: (id, context) => {
    const own = ownStore(context);
    if (!own.ok) return own;
    const row = context.deps.store.read.get<{
      id: string;
      at: number;
      brand: string | null;
      region: string | null;
      language: string;
      text: string;
    }>(
      'SELECT id, at, brand, region, language, text FROM transcripts WHERE id = ? AND store_id = ?',
      id,
      own.value.storeId,
    );
    if (!row) return fail(toolError('not-found', `There is no note '${id.slice(0, 60)}' in this store.`));
    return ok({ mimeType: json, text: JSON.stringify({ ...row, at: manilaTime(row.at) }) });
  },
});

function idsLike(deps: Context['deps'], table: 'products', column: 'name', typed: string): string[] {
  return deps.store.read
    .all<{ id: string }>(
      `SELECT id FROM ${table} WHERE id LIKE ? ESCAPE '\\' OR ${column} LIKE ? ESCAPE '\\' ORDER BY ${column} LIMIT 100`,
      likePattern(typed).slice(1),
      likePattern(typed),
    )
    .map(({ id }) => id);
}
