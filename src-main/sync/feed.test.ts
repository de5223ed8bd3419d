import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import type { PullPage } from '#shared/sync/protocol.ts';
import { readIdentity } from '#main/store/identity.ts';
import { testPc } from './testing/pc.ts';

let cloud: TestCloud;
let storeId: string;
const provision = () => createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });

beforeAll(async () => {
  // the cloud's clock stays right when a test sets the PC's
  cloud = await testCloud({ now: () => performance.timeOrigin + performance.now() });
  storeId = await provision().createStore({
    code: 'F',
    name: 'Feed',
    region: '',
    province: '',
    city: '',
    barangay: '',
  });
});
afterAll(() => cloud.stop());

describe('the feed', () => {
  it('gives a reader every row once, in whole transactions, while slow writers commit out of order', async () => {
    const pc = await testPc(cloud, await provision().createEnrolmentCode(storeId));
    const { deviceId } = readIdentity(pc.store.read) ?? { deviceId: '' };
    await pc.stop();
    const reader = await cloud.session();
    await reader.sql(`select set_config('request.jwt.claims', $1, false)`, [
      JSON.stringify({ app_metadata: { device_id: deviceId } }),
    ]);
    let cursors: Record<string, number> = {};
    const seen: string[] = [];
    const torn: number[] = [];
    const read = async (): Promise<void> => {
      const [answer] = await reader.sql<{ page: PullPage }>('select public.sync_pull($1, 5) as page', [cursors]);
      for (const scope of answer?.page.scopes ?? []) {
        if ('reset' in scope) throw new Error('reset');
        cursors = { ...cursors, [scope.scope]: scope.to };
        if (scope.to - scope.from !== scope.txns.length) torn.push(scope.to);
        seen.push(...scope.rows.map(([, , id]) => id));
      }
    };

    let writing = true;
    const reading = (async () => {
      while (writing) await read();
      for (let before = -1; before !== seen.length;) {
        before = seen.length;
        await read();
      }
    })();
    const written = (await Promise.all(Array.from({ length: 8 }, (_, i) => write(i)))).flat();
    writing = false;
    await reading;
    await reader.end();

    expect(torn).toEqual([]);
    for (const id of written) expect(seen.filter((each) => each === id)).toHaveLength(1);
    const gaps = await cloud.sql(
      'select s.key from sync.scopes s where s.head <> (select count(*) from sync.txns t where t.scope_id = s.id)',
    );
    expect(gaps).toEqual([]);
  });

  /** Transactions that touch the chain's and the store's scope, in either order, and take their time in between. */
  async function write(writer: number): Promise<string[]> {
    const client = await cloud.session();
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const [customer, product] = [crypto.randomUUID(), crypto.randomUUID()];
      const statements: [string, unknown[]][] = [
        [`insert into customers (id, store_id, name, credit_limit) values ($1, $2, 'C', 0)`, [customer, storeId]],
        [
          `insert into products (id, sku, name, category, unit, price, cost, active) values ($1, 'S', 'P', 'c', 'pc', 1, 1, true)`,
          [product],
        ],
      ];
      if (writer % 2 === 1) statements.reverse();
      await client.sql('begin');
      for (const [sql, params] of statements) {
        await client.sql(sql, params);
        await client.sql('select pg_sleep(random() * 0.01)');
      }
      await client.sql('commit');
      ids.push(customer, product);
    }
    await client.end();
    return ids;
  }
});

describe('references of sale lines', () => {
  const line = (product: string, sale: string) =>
    [
      `insert into transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total)
       values (gen_random_uuid(), $1, $2, 1, $3, 1000, 'pc', 1, 1)`,
      [storeId, sale, product],
    ] as const;
  async function parents(): Promise<{ product: string; sale: string }> {
    const [product, sale] = [crypto.randomUUID(), crypto.randomUUID()];
    await cloud.sql(
      `insert into products (id, sku, name, category, unit, price, cost, active) values ($1, 'S', 'P', 'c', 'pc', 1, 1, true)`,
      [product],
    );
    await cloud.sql(
      `insert into transactions (id, store_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
       values ($1, $2, 'n', now(), now(), 'cash', '', '', '', '', 1)`,
      [sale, storeId],
    );
    return { product, sale };
  }

  it('are needed, and keep what they point to', async () => {
    const { product, sale } = await parents();
    await expect(cloud.sql(...line(crypto.randomUUID(), sale))).rejects.toMatchObject({ code: '23503' });
    await expect(cloud.sql(...line(product, crypto.randomUUID()))).rejects.toMatchObject({ code: '23503' });
    await cloud.sql(...line(product, sale));
    await expect(
      cloud.sql('update transaction_items set product_id = $1 where product_id = $2', [crypto.randomUUID(), product]),
    ).rejects.toMatchObject({ code: '23503' });
    await expect(cloud.sql('delete from products where id = $1', [product])).rejects.toMatchObject({ code: '23503' });
    await expect(cloud.sql('delete from transactions where id = $1', [sale])).rejects.toMatchObject({ code: '23503' });
    await cloud.sql('delete from transaction_items where transaction_id = $1', [sale]);
    await cloud.sql('delete from transactions where id = $1', [sale]);
  });

  it('hold against a deletion at the same moment', async () => {
    const { product, sale } = await parents();
    const [seller, office] = [await cloud.session(), await cloud.session()];
    await seller.sql('begin');
    await seller.sql(...line(product, sale));
    const deleted = office.sql('delete from products where id = $1', [product]).then(
      () => 'deleted',
      (error: { code: string }) => error.code,
    );
    await expect
      .poll(() =>
        cloud.adminSql(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'delete from products%'`,
        ),
      )
      .toHaveLength(1);
    await seller.sql('commit');
    expect(await deleted).toBe('23503');
    await Promise.all([seller.end(), office.end()]);
  });
});

describe('a PC whose clock is wrong', () => {
  it.each([
    ['1970', 1000],
    ['two years ahead', Date.now() + 63_072_000_000],
  ])('goes on syncing when it shows %s', async (_, now) => {
    const code = await provision().createEnrolmentCode(storeId);
    vi.useFakeTimers({ toFake: ['Date'], now });
    try {
      const pc = await testPc(cloud, code);
      const id = pc.store.newId();
      pc.store.transaction('clerk', (db) =>
        db.run(
          `INSERT INTO customers (id, store_id, name, credit_limit, note) VALUES (?, ?, 'Clock', 0, 'first')`,
          id,
          storeId,
        ),
      );
      await pc.settle();
      // the office changes it, later in truth; then this PC, later still
      await cloud.sql(`update customers set note = 'office' where id = $1`, [id]);
      await pc.settle();
      pc.store.transaction('clerk', (db) => db.run(`UPDATE customers SET note = 'clerk' WHERE id = ?`, id));
      await pc.settle();
      expect(await cloud.sql('select note from customers where id = $1', [id])).toEqual([{ note: 'clerk' }]);
      await pc.stop();
    } finally {
      vi.useRealTimers();
    }
  });
});
