import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { createProvision } from './provision.ts';
import { type TestCloud, testCloud } from './testing.ts';

let cloud: TestCloud;
let stores: string[];
let product: string;
beforeAll(async () => {
  cloud = await testCloud();
  const provision = createProvision(cloud);
  const place = { region: '', province: '', city: '', barangay: '' };
  stores = [];
  for (const code of ['A', 'B']) stores.push(await provision.createStore({ code, name: code, ...place }));
});
beforeEach(async () => {
  product = randomUUID();
  await cloud.sql(
    `insert into products (id, sku, name, category, unit, price, cost, active) values ($1, 'sku', 'Kape', 'coffee', 'pc', 800, 600, true)`,
    [product],
  );
});
afterAll(() => cloud.stop());

type Sql = TestCloud['sql'];

async function addSale(sql: Sql, store = stores[0]): Promise<string> {
  const id = randomUUID();
  await sql(
    `insert into transactions (id, store_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
       values ($1, $2, '1-1', now(), now(), 'cash', 'regular', 'verbal', 'branded', 'none', 800)`,
    [id, store],
  );
  return id;
}

async function addLines(sql: Sql, sale: string, { store = stores[0], of = product } = {}): Promise<void> {
  await sql(
    `insert into transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total)
       select gen_random_uuid(), $1, $2, n, $3, 1000, 'pc', 800, 800 from generate_series(1, 3) n`,
    [store, sale, of],
  );
}

/** Deletes in a connection of its own, once it is known that the deletion waits for somebody. */
async function deletesLate(query: string, params: unknown[], release: () => Promise<unknown>): Promise<unknown> {
  const other = await cloud.session();
  try {
    const [me] = await other.sql<{ pid: number }>('select pg_backend_pid() pid');
    const outcome = other.sql(query, params).then(
      () => 'deleted',
      (error: unknown) => (error as Error).message,
    );
    await vi.waitFor(
      async () =>
        expect(
          await cloud.adminSql('select wait_event_type type from pg_stat_activity where pid = $1', [me?.pid]),
        ).toEqual([{ type: 'Lock' }]),
      20_000,
    );
    await release();
    return await outcome;
  } finally {
    await other.end();
  }
}

describe('the lines of a sale', () => {
  it('keep a sale that was there before from being deleted while they come', async () => {
    const sale = await addSale(cloud.sql);
    const session = await cloud.session();
    await session.sql('begin');
    await addLines(session.sql, sale);
    const outcome = await deletesLate('delete from transactions where id = $1', [sale], () => session.sql('commit'));
    expect(outcome).toBe('There are still transaction_items of it');
    await session.end();
  });

  it('keep their product from being deleted while they come with a new sale', async () => {
    const session = await cloud.session();
    await session.sql('begin');
    await addLines(session.sql, await addSale(session.sql));
    const outcome = await deletesLate('delete from products where id = $1', [product], () => session.sql('commit'));
    expect(outcome).toBe('There are still transaction_items of it');
    await session.end();
  });

  it('wait for the deletion of their sale, and are refused after it', async () => {
    const sale = await addSale(cloud.sql);
    const session = await cloud.session();
    await session.sql('begin');
    await session.sql('delete from transactions where id = $1', [sale]);
    const outcome = await deletesLate(
      `insert into transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total)
         values (gen_random_uuid(), $1, $2, 1, $3, 1000, 'pc', 800, 800)`,
      [stores[0], sale, product],
      () => session.sql('commit'),
    );
    expect(outcome).toBe(`transactions ${sale} is not there`);
    await session.end();
  });

  it('are refused without their sale or their product, also when only one of several is missing', async () => {
    const nobody = randomUUID();
    const sale = await addSale(cloud.sql);
    await expect(addLines(cloud.sql, nobody)).rejects.toMatchObject({
      message: `transactions ${nobody} is not there`,
      constraint: 'transaction_items_transaction_id',
    });
    await expect(addLines(cloud.sql, sale, { of: nobody })).rejects.toThrow(`products ${nobody} is not there`);
    await expect(
      cloud.sql(
        `insert into transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total)
           select gen_random_uuid(), $1, s, 1, $2, 1000, 'pc', 800, 800 from unnest($3::uuid[]) s`,
        [stores[0], product, [sale, nobody]],
      ),
    ).rejects.toThrow(`transactions ${nobody} is not there`);
  });

  it('are refused under a sale of another store, also when it comes with them', async () => {
    await expect(addLines(cloud.sql, await addSale(cloud.sql, stores[1]))).rejects.toMatchObject({
      message: 'It refers to transactions of another store',
      constraint: 'transaction_items_transaction_id_store',
    });
    const session = await cloud.session();
    await session.sql('begin');
    const sale = await addSale(session.sql, stores[1]);
    await expect(addLines(session.sql, sale)).rejects.toThrow('of another store');
    await session.end();
  });

  it('are still looked up one by one when the tables have grown under a connection that keeps its plans', async () => {
    const session = await cloud.session();
    const lines = async (): Promise<void> => addLines(session.sql, await addSale(session.sql));
    for (let i = 0; i < 10; i += 1) await lines();
    await session.sql(
      `insert into transactions (id, store_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
         select gen_random_uuid(), $1, '1-' || n, now(), now(), 'cash', 'regular', 'verbal', 'branded', 'none', 800 from generate_series(1, 3000) n`,
      [stores[0]],
    );
    const scans = async (): Promise<number> => {
      await session.sql('select pg_stat_force_next_flush()');
      const [row] = await session.sql<{ n: string }>(
        `select seq_tup_read n from pg_stat_user_tables where relname = 'transactions'`,
      );
      return Number(row?.n);
    };
    const before = await scans();
    for (let i = 0; i < 5; i += 1) await lines();
    expect((await scans()) - before).toBeLessThan(3000);
    await session.end();
  });
});
