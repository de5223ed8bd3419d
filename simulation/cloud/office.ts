/** The office: people with SQL, each in a session with explicit transactions, so that commits overtake each other and locks block. */
import type { Values } from '#shared/sync/rebase.ts';
import type { Ledger } from '../core/ledger.ts';
import { bytesFrom, randomFrom, type Random } from '../core/random.ts';
import { someTags } from '../pc/acts.ts';
import type { Answer } from './lines.ts';
import type { FeedMirror } from './feed-mirror.ts';
import type { SimCloud } from './sim-cloud.ts';

export const officeWorks = [
  'edit product',
  'new product',
  'delete product',
  'edit customer',
  'delete customer',
  'stock',
  'sale',
  'edit many',
  'taken back',
  'commit',
  'rollback',
] as const;
export type OfficeWork = (typeof officeWorks)[number];

export const officeWeights: readonly (readonly [number, OfficeWork])[] = [
  [8, 'edit product'],
  [3, 'new product'],
  [1, 'delete product'],
  [5, 'edit customer'],
  [2, 'delete customer'],
  [4, 'stock'],
  [4, 'sale'],
  [2, 'edit many'],
  [2, 'taken back'],
  [14, 'commit'],
  [2, 'rollback'],
];

export type Office = {
  /** Whether this session has a transaction open. */
  readonly open: boolean;
  /** Whether its statement waits for a lock. */
  waiting: boolean;
  /** Does a step; answers what came of it in a word. Beginning a transaction is part of the first step. */
  readonly work: (what: OfficeWork, r: number, clock: number) => Promise<string>;
};

type Deps = {
  readonly line: string;
  readonly cloud: SimCloud;
  readonly mirror: FeedMirror;
  readonly ledger: Ledger;
  readonly stores: readonly string[];
  /** How often the first record is taken, where many meet. */
  readonly busy: number;
};

type OpenSale = { readonly id: string; readonly storeId: string; readonly lines: number };

export function createOffice({ line, cloud, mirror, ledger, stores, busy }: Deps): Office {
  let open = false;
  let sale: OpenSale | null = null;
  let sales: OpenSale[] = [];
  let deltas: [string, number][] = [];

  const rowsOf = (table: string): { id: string; image: Values }[] =>
    [...mirror.rows]
      .filter(([key, { image }]) => image !== null && key.startsWith(`${table}/`))
      .map(([key, { image }]) => ({ id: key.slice(table.length + 1), image: image as Values }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));

  const forget = (): void => {
    open = false;
    sale = null;
    sales = [];
    deltas = [];
  };

  /** Runs SQL in the transaction; a refusal ends it, as a person would. */
  const run = async (sql: string, values: readonly unknown[], clock: number): Promise<Answer> => {
    if (!open) {
      await cloud.office(line, 'begin', [], clock);
      open = true;
    }
    const answer = await cloud.office(line, sql, values, clock);
    if (answer === null) {
      office.waiting = true;
      return { ok: false, code: 'waits', message: '', detail: '' };
    }
    if (!answer.ok) {
      await cloud.office(line, 'rollback', [], clock);
      forget();
    }
    return answer;
  };
  /** Rows are taken without waiting: who waits for whom is the schedule's business. */
  const taken = async (table: string, ids: readonly string[], clock: number, mode = 'update'): Promise<boolean> => {
    const sql = `select id from public.${table} where id = any($1) order by id for ${mode} nowait`;
    const answer = await run(sql, [ids], clock);
    if (answer.ok || !office.waiting) return answer.ok;
    // PostgreSQL waits in spite of NOWAIT where a row that may be locked has a younger version that may not
    await cloud.cancel(line);
    await cloud.look(line);
    await cloud.office(line, 'rollback', [], clock);
    office.waiting = false;
    forget();
    return false;
  };

  /** Adds the lines of the sale at hand and closes it; false when that was refused, which ends the transaction. */
  const addLines = async ({ id, storeId, lines }: OpenSale, clock: number, random: Random): Promise<boolean> => {
    const products = rowsOf('products').map((row) => row.id);
    if (products.length === 0) {
      sales.push({ id, storeId, lines: 0 });
      return true;
    }
    const chosen = Array.from({ length: lines }, () => random.pick(products));
    if (!(await taken('products', chosen, clock, 'key share'))) return false;
    const answer = await run(
      `insert into public.transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total)
       select l.id::uuid, $1, $2, l.n, p.id, 1000, 'pc', 1, 1 from unnest($3::text[], $4::uuid[]) with ordinality l(id, product, n) join public.products p on p.id = l.product returning id`,
      [storeId, id, chosen.map(() => uuid(random)), chosen],
      clock,
    );
    if (answer.ok) sales.push({ id, storeId, lines: (answer.value as unknown[]).length });
    sale = null;
    return answer.ok;
  };

  const works: Record<OfficeWork, (random: Random, clock: number) => Promise<string>> = {
    'edit product': async (random, clock) => {
      const rows = rowsOf('products');
      if (rows.length === 0) return 'nothing';
      const { id } = favourite(rows, random, busy);
      if (!(await taken('products', [id], clock, 'no key update'))) return 'refused';
      const [column, value] = random.pick<[string, string | number]>([
        ['price', random.int(900)],
        ['name', `Office ${random.int(9)}`],
        ['cost', random.int(900)],
        ['brand', `B${random.int(9)}`],
      ]);
      return said(await run(`update public.products set ${column} = $1 where id = $2`, [value, id], clock));
    },
    'new product': async (random, clock) =>
      said(
        await run(
          `insert into public.products (id, sku, name, category, unit, price, cost, active) values ($1, $2, 'New', 'c', 'pc', $3, 1, true)`,
          [uuid(random), `H${random.int(1e6)}`, random.int(500)],
          clock,
        ),
      ),
    'delete product': async (random, clock) => {
      const rows = rowsOf('products');
      if (rows.length < 3) return 'nothing';
      const { id } = favourite(rows, random, busy);
      if (!(await taken('products', [id], clock))) return 'refused';
      return said(await run('delete from public.products where id = $1', [id], clock));
    },
    'edit customer': async (random, clock) => {
      const rows = rowsOf('customers');
      if (rows.length === 0) return 'nothing';
      const { id } = favourite(rows, random, busy);
      if (!(await taken('customers', [id], clock, 'no key update'))) return 'refused';
      const column = random.pick(['name', 'phone', 'note', 'address', 'tags']);
      const value = column === 'tags' ? someTags(random) : `o${random.int(9)}`;
      return said(await run(`update public.customers set ${column} = $1 where id = $2`, [value, id], clock));
    },
    'delete customer': async (random, clock) => {
      const rows = rowsOf('customers');
      if (rows.length === 0) return 'nothing';
      const { id } = favourite(rows, random, busy);
      if (!(await taken('customers', [id], clock))) return 'refused';
      return said(await run('delete from public.customers where id = $1', [id], clock));
    },
    stock: async (random, clock) => {
      const rows = rowsOf('stock_levels');
      if (rows.length === 0) return 'nothing';
      const { id } = favourite(rows, random, busy);
      const qty = 1000 * (1 + random.int(9));
      if (!(await taken('stock_levels', [id], clock, 'no key update'))) return 'refused';
      const answer = await run(
        'update public.stock_levels set qty = qty + $1 where id = $2 returning id',
        [qty, id],
        clock,
      );
      if (answer.ok && (answer.value as unknown[]).length > 0) deltas.push([id, qty]);
      return said(answer);
    },
    sale: async (random, clock) => {
      if (sale) {
        return (await addLines(sale, clock, random)) ? 'done' : 'refused';
      }
      const next = { id: uuid(random), storeId: random.pick(stores), lines: 1 + random.int(3) };
      const answer = await run(
        `insert into public.transactions (id, store_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
         values ($1, $2, 'H-1', to_timestamp($3), to_timestamp($3), 'cash', 'unknown', 'unknown', 'unknown', 'none', 1)`,
        [next.id, next.storeId, Math.floor(clock / 1e6)],
        clock,
      );
      if (answer.ok) sale = next;
      return said(answer);
    },
    'edit many': async (random, clock) => {
      const ids = rowsOf('products').map(({ id }) => id);
      if (!(await taken('products', ids, clock, 'no key update'))) return 'refused';
      return said(
        await run('update public.products set cost = cost + $1 where id = any($2)', [random.int(20), ids], clock),
      );
    },
    // a statement inside a savepoint that is taken back: what the triggers remembered must go with it
    'taken back': async (random, clock) => {
      const first = await run('savepoint oops', [], clock);
      if (!first.ok) return 'refused';
      const id = uuid(random);
      await run(
        `insert into public.products (id, sku, name, category, unit, price, cost, active) values ($1, 'oops', 'Oops', 'c', 'pc', 1, 1, true)`,
        [id],
        clock,
      );
      return open ? said(await run('rollback to savepoint oops', [], clock)) : 'refused';
    },
    commit: async (random, clock) => {
      if (!open) return 'nothing';
      if (sale && !(await addLines(sale, clock, random))) return 'refused';
      const answer = await run('commit', [], clock);
      if (!answer.ok) return 'refused';
      for (const { id, lines } of sales) ledger.officeSale(id, { lines, moves: 0 });
      for (const [id, qty] of deltas) ledger.officeDelta(id, qty);
      forget();
      return 'done';
    },
    rollback: async (_random, clock) => {
      if (!open) return 'nothing';
      await cloud.office(line, 'rollback', [], clock);
      forget();
      return 'done';
    },
  };

  const office = {
    get open() {
      return open;
    },
    waiting: false,
    work: (what: OfficeWork, r: number, clock: number) => works[what](randomFrom(r), clock),
  };
  return office;
}

function favourite<T>(rows: readonly T[], random: Random, busy: number): T {
  return random.chance(busy) ? (rows[0] as T) : random.pick(rows);
}

function said(answer: Answer): string {
  if (answer.ok) return 'done';
  return answer.code === 'waits' ? 'waits' : `refused ${answer.code}`;
}

/** A UUIDv4 of the seed. */
export function uuid(random: Random): string {
  const bytes = Buffer.from(bytesFrom(random)(new Uint8Array(16)));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
