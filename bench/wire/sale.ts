import { randomBytes, randomUUID } from 'node:crypto';
import type { Section } from '#shared/sync/protocol.ts';
import { columnsOf, type TableName } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';

export type Seller = {
  readonly storeId: string;
  readonly deviceId: string;
  /** A product and its stock level in the store. */
  readonly stock: readonly { readonly product: string; readonly level: string }[];
};

/** What a PC sends for sales: the sales, their lines, what left the shelf, and the levels that follow. `rows` is how many operations that is. */
export type WireSales = { readonly sections: Section[]; readonly keys: string[]; readonly rows: number };

/** `count` sales of `lines` lines each, shaped like the app's. */
export function wireSales(seller: Seller, count: number, lines: number, random: () => number): WireSales {
  const at = Date.now();
  const sold: Values[] = [];
  const items: Values[] = [];
  const movements: Values[] = [];
  const levels = new Map<string, number>();
  for (let i = 0; i < count; i += 1) {
    const sale = randomUUID();
    sold.push({ ...saleOf(seller, at, lines), id: sale });
    for (let line = 1; line <= lines; line += 1) {
      const { product, level } = seller.stock[Math.floor(random() * seller.stock.length)] ?? { product: '', level: '' };
      items.push({ ...itemOf(seller, sale, product, line), id: randomUUID() });
      movements.push({ ...movementOf(seller, sale, product, at), id: randomUUID() });
      if (level) levels.set(level, (levels.get(level) ?? 0) - 1000);
    }
  }
  const clock = at * 1000;
  const sections: Section[] = [
    inserts('transactions', sold, clock),
    inserts('transaction_items', items, clock),
    inserts('stock_movements', movements, clock),
  ];
  if (levels.size > 0) {
    const rows = [...levels].map(([id, change], i): Extract<Section, { o: 'U' }>['rows'][number] => [
      i,
      id,
      1,
      clock,
      'clerk',
      { qty: change },
      { qty: 0 },
    ]);
    sections.push({ t: 'stock_levels', o: 'U', rows });
  }
  const rows = sections.reduce((sum, section) => sum + section.rows.length, 0);
  return { sections, keys: Array.from({ length: count }, () => randomBytes(8).toString('hex')), rows };
}

function inserts(table: TableName, values: readonly Values[], clock: number): Section {
  const cols = columnsOf(table);
  return {
    t: table,
    o: 'I',
    cols: [...cols],
    rows: values.map((row, i) => [i, String(row['id']), 0, clock, 'clerk', ...cols.map((name) => row[name] ?? null)]),
  };
}

function saleOf({ storeId, deviceId }: Seller, at: number, lines: number): Values {
  return {
    store_id: storeId,
    device_id: deviceId,
    number: '1-000001',
    started_at: at,
    ended_at: at + 20_000,
    payment: 'cash',
    customer_type: 'regular',
    request_mode: 'verbal',
    request_type: 'branded',
    suggestion: 'none',
    total: lines * 1450,
  };
}

function itemOf({ storeId }: Seller, sale: string, product: string, line: number): Values {
  const price = { unit: 'pc', unit_price: 1450, line_total: 1450 };
  return { store_id: storeId, transaction_id: sale, line_no: line, product_id: product, qty: 1000, ...price };
}

function movementOf({ storeId }: Seller, sale: string, product: string, at: number): Values {
  return { store_id: storeId, product_id: product, kind: 'sale', qty: -1000, transaction_id: sale, at };
}
