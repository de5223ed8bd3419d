/** The office of a concurrent world: people with SQL who change many rows at once, lock them in any order, and hold them for long. */
import { Client } from 'pg';
import type { Ledger } from '../core/ledger.ts';
import { randomFrom, type Random } from '../core/random.ts';
import { uuid } from '../cloud/office.ts';
import { isGone } from './cloud.ts';
import type { Plan } from './plan.ts';

export type OfficeReport = {
  /** Transactions that were committed, and how many ended otherwise, by SQLSTATE. */
  committed: number;
  readonly ended: Map<string, number>;
  /** What it was told and should never be told. */
  readonly problems: string[];
};

type Deps = {
  readonly address: string;
  readonly seed: number;
  readonly plan: Plan;
  readonly stores: readonly string[];
  readonly ledger: Ledger;
};

type Id = { id: string };
type Session = {
  readonly all: <Row extends object = Id>(sql: string, ...values: unknown[]) => Promise<Row[]>;
  readonly random: Random;
  readonly pause: (ms: number) => Promise<void>;
};

/** What may happen to whoever shares a database that is treated like this: deadlock, timeout, a backend ended, a restart, a row that is referred to. */
const bearable = /^(40P01|57014|57P0\d|08\w{3}|55P03|23503|ECONN\w+|EPIPE|ended)$/;

/** One session after the other does its transactions; all sessions at once. */
export async function workAtTheOffice({ address, seed, plan, stores, ledger }: Deps): Promise<OfficeReport> {
  const report: OfficeReport = { committed: 0, ended: new Map(), problems: [] };
  const sit = async (who: number): Promise<void> => {
    const random = randomFrom(seed * 128 + who);
    let client = await again(null, address);
    for (let n = 0; n < plan.works; n += 1) {
      const what = random.weighted(weightsOf(plan));
      const r = random.int(1e9);
      const outcome = await transact(client, (session, deltas) => works[what]({ session, deltas, stores, ledger }), r);
      if (outcome.lost) client = await again(client, address);
      let committed = await wasCommitted(client, outcome);
      while (committed === null) {
        client = await again(client, address);
        committed = await wasCommitted(client, outcome);
      }
      if (committed) {
        report.committed += 1;
        for (const [id, qty] of outcome.deltas) ledger.officeDelta(id, qty);
      }
      if (outcome.code === null) continue;
      report.ended.set(outcome.code, (report.ended.get(outcome.code) ?? 0) + 1);
      if (!bearable.test(outcome.code))
        report.problems.push(`the office was told ${outcome.code} ${outcome.message} (${what})`);
      await pauseFor(random.int(40));
    }
    // also one that the database has just cut
    await client.end().catch(() => undefined);
  };
  await Promise.all(Array.from({ length: plan.offices }, (_, who) => sit(who)));
  return report;
}

type Outcome = {
  /** Null when nothing can have been committed. */
  readonly xid: string | null;
  readonly lost: boolean;
  readonly code: string | null;
  readonly message: string;
  readonly deltas: ReadonlyMap<string, number>;
};

/** One transaction. Whoever loses the connection in the middle of a commit does not know what became of it. */
async function transact(
  client: Client,
  work: (session: Session, deltas: Map<string, number>) => Promise<void>,
  r: number,
): Promise<Outcome> {
  const deltas = new Map<string, number>();
  let xid: string | null = null;
  const session: Session = {
    all: async (sql, ...values) => (await client.query(sql, values)).rows as never,
    random: randomFrom(r),
    pause: pauseFor,
  };
  try {
    await client.query('begin');
    await work(session, deltas);
    const [row] = await session.all<{ xid: string | null }>('select pg_current_xact_id_if_assigned()::text as xid');
    xid = row?.xid ?? null;
    await client.query('commit');
    return { xid, lost: false, code: null, message: '', deltas };
  } catch (error) {
    const { code = 'ended', message } = error as { code?: string; message: string };
    const lost = !(await client.query('rollback').then(
      () => true,
      () => false,
    ));
    return { xid: lost ? xid : null, lost, code, message, deltas };
  }
}

/** Null when the database went away before it could be asked. */
async function wasCommitted(client: Client, { xid, lost }: Outcome): Promise<boolean | null> {
  if (xid === null || !lost) return xid !== null;
  // one that a restarted database does not know of was never written down
  const known = 'case when $1::xid8 < pg_snapshot_xmax(pg_current_snapshot()) then pg_xact_status($1::xid8) end';
  try {
    const { rows } = await client.query<{ status: string | null }>(`select ${known} as status`, [xid]);
    return rows[0]?.status === 'committed';
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

async function connect(address: string): Promise<Client> {
  const client = new Client({ connectionString: address });
  // a connection that is cut on purpose
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A connection in place of one that was lost, as soon as there is a database again. */
async function again(client: Client | null, address: string): Promise<Client> {
  void client?.end().catch(() => undefined);
  for (let tries = 0; ; tries += 1) {
    try {
      return await connect(address);
    } catch (error) {
      if (tries > 400) throw error;
      await pauseFor(25);
    }
  }
}

function pauseFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

type Work = (context: {
  readonly session: Session;
  readonly deltas: Map<string, number>;
  readonly stores: readonly string[];
  readonly ledger: Ledger;
}) => Promise<void>;

const products = 'select id from public.products order by id';
const customers = 'select id from public.customers order by id';
/** Many meet in one record. */
const favourite = (rows: readonly Id[], random: Random): string =>
  (random.chance(0.35) ? rows[0] : random.pick(rows))?.id ?? '';

const works = {
  'all costs': async ({ session: { all, random } }) =>
    void (await all('update public.products set cost = cost + $1', 1 + random.int(9))),
  'many customers': async ({ session: { all, random }, stores }) =>
    void (await all(
      `insert into public.customers (id, store_id, name, credit_limit) select u::uuid, $1, 'Office ' || n, 0 from unnest($2::text[]) with ordinality c(u, n)`,
      random.pick(stores),
      Array.from({ length: 5 + random.int(20) }, () => uuid(random)),
    )),
  'all notes': async ({ session: { all, random }, stores }) =>
    void (await all(
      'update public.customers set note = $1 where store_id = $2',
      `o${random.int(99)}`,
      random.pick(stores),
    )),
  'edit product': async ({ session: { all, random } }) => {
    const rows = await all(products);
    if (rows.length === 0) return;
    const [column, value] = random.pick<[string, string | number]>([
      ['price', random.int(100_000)],
      ['name', `Office ${random.int(10_000)}`],
      ['brand', `B${random.int(10_000)}`],
    ]);
    await all(`update public.products set ${column} = $1 where id = $2`, value, favourite(rows, random));
  },
  'edit customer': async ({ session: { all, random } }) => {
    const rows = await all(customers);
    if (rows.length === 0) return;
    const column = random.pick(['name', 'phone', 'address']);
    await all(
      `update public.customers set ${column} = $1 where id = $2`,
      `o${random.int(10_000)}`,
      favourite(rows, random),
    );
  },
  'new product': async ({ session: { all, random } }) =>
    void (await all(
      `insert into public.products (id, sku, name, category, unit, price, cost, active) values ($1, $2, 'New', 'c', 'pc', $3, 1, true)`,
      uuid(random),
      `H${random.int(1e6)}`,
      random.int(500),
    )),
  'delete customer': async ({ session: { all, random } }) => {
    const rows = await all(customers);
    if (rows.length > 3) await all('delete from public.customers where id = $1', random.pick(rows).id);
  },
  stock: async ({ session: { all, random }, deltas }) => {
    const rows = await all('select id from public.stock_levels order by id');
    const qty = 1000 * (1 + random.int(9));
    const some = rows.filter(() => random.chance(0.4)).map(({ id }) => id);
    const changed = await all(
      'update public.stock_levels set qty = qty + $1 where id = any($2) returning id',
      qty,
      some,
    );
    for (const { id } of changed) deltas.set(id, qty);
  },
  sale: async ({ session: { all, random, pause }, stores, ledger }) => {
    const sale = { id: uuid(random), storeId: random.pick(stores) };
    const chosen = (await all(products)).filter(() => random.chance(0.3)).map(({ id }) => id);
    // noted before anybody can see it
    ledger.officeSale(sale.id, { lines: chosen.length, moves: 0 });
    await all(
      `insert into public.transactions (id, store_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
       values ($1, $2, 'H-1', now(), now(), 'cash', 'unknown', 'unknown', 'unknown', 'none', 1)`,
      sale.id,
      sale.storeId,
    );
    // others commit meanwhile
    await pause(random.int(60));
    for (const [n, product] of chosen.entries())
      await all(
        `insert into public.transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total)
         values ($1, $2, $3, $4, $5, 1000, 'pc', 1, 1)`,
        uuid(random),
        sale.storeId,
        sale.id,
        n + 1,
        product,
      );
  },
  /** Rows one by one in any order: whoever goes the other way waits for this one, and this one for them. */
  'any order': async ({ session: { all, random, pause } }) => {
    const table = random.pick(['products', 'customers', 'stock_levels']);
    const rows = await all(`select id from public.${table} order by id limit 12`);
    const column = { products: 'cost = cost + 1', customers: `note = 'any order'`, stock_levels: 'qty = qty' }[table];
    for (let n = 2 + random.int(3); n > 0 && rows.length > 0; n -= 1) {
      await all(`update public.${table} set ${column} where id = $1`, random.pick(rows).id);
      await pause(random.int(30));
    }
  },
  /** Somebody goes for a coffee in the middle of a transaction. */
  hold: async ({ session: { all, random, pause } }) => {
    const rows = await all(products);
    await all('update public.products set cost = cost + 1 where id = $1', favourite(rows, random));
    await pause(600 + random.int(500));
  },
} as const satisfies Record<string, Work>;

function weightsOf({ deadlocks, timeoutMs }: Plan): readonly (readonly [number, keyof typeof works])[] {
  return [
    [4, 'all costs'],
    [2, 'many customers'],
    [3, 'all notes'],
    [8, 'edit product'],
    [5, 'edit customer'],
    [2, 'new product'],
    [2, 'delete customer'],
    [4, 'stock'],
    [4, 'sale'],
    [deadlocks ? 10 : 0, 'any order'],
    [timeoutMs === null ? 0 : 3, 'hold'],
  ];
}
