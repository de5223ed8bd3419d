import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await testCloud();
});
afterAll(() => cloud.stop());
const shop = createTestShop(() => cloud);
afterEach(() => shop.close());

const rows = 6000;

describe('what the office does with SQL', () => {
  it('reaches a PC in small commits, however much one statement changed', async () => {
    const [pc] = await shop.open(1, { intervalMs: 60_000 });
    if (!pc) throw new Error('no PC');
    const { store } = pc;
    const count = (where = '1') =>
      store.read.get<{ n: number }>(`SELECT count(*) AS n FROM products WHERE ${where}`)?.n ?? 0;
    let seen = 0;
    let most = 0;
    let commits = 0;
    store.onChange(({ tables, origin }) => {
      if (origin !== 'cloud' || !tables.includes('products')) return;
      commits += 1;
      most = Math.max(most, Math.abs(count() - seen));
      seen = count();
    });
    await cloud.sql(
      `insert into public.products (id, sku, name, category, unit, price, cost, active)
         select gen_random_uuid(), 's' || i, 'n', 'c', 'u', 1, 1, true from generate_series(1, $1) i`,
      [rows],
    );
    await pc.settle(60);
    expect(count()).toBe(rows);
    expect(commits).toBeGreaterThanOrEqual(rows / 900);
    expect(most).toBeLessThanOrEqual(900);
    const answers = store.read.all<{ pulled: number; bytes: number }>(
      'SELECT pulled, bytes_down AS bytes FROM _sync_runs WHERE pulled > 0',
    );
    expect(answers.reduce((sum, { pulled }) => sum + pulled, 0)).toBeGreaterThanOrEqual(rows);

    await cloud.sql('update public.products set price = 2');
    await pc.settle(60);
    expect(count('price = 2')).toBe(rows);
    await cloud.sql(`delete from public.products where sku <> 's1'`);
    await pc.settle(60);
    expect(count()).toBe(1);
    await shop.expectEqual();
  });

  it('refers to a row that a PC is changing without waiting, but not to one that it deletes', async () => {
    const id = crypto.randomUUID();
    await cloud.sql(
      `insert into products (id, sku, name, category, unit, price, cost, active) values ($1, 's', 'n', 'c', 'u', 1, 1, true)`,
      [id],
    );
    const pc = await cloud.session();
    const refersWhile = async (toDelete: boolean): Promise<string> => {
      await pc.sql('begin');
      await pc.sql('select sync.lock_products(array[$1::uuid], $2)', [id, toDelete]);
      const answer = await cloud
        .adminSql('select 1 from products where id = $1 for key share nowait', [id])
        .then(({ length }) => `${length} row`, String);
      await pc.sql('rollback');
      return answer;
    };
    expect(await refersWhile(false)).toBe('1 row');
    expect(await refersWhile(true)).toContain('could not obtain lock');
    await pc.end();
  });

  it('reaches every PC also when it was written behind the back of the feed', async () => {
    const [first, second] = await shop.open(2);
    if (!first || !second) throw new Error('no PCs');
    const [{ id } = { id: '' }] = await cloud.sql<{ id: string }>('select id from public.products limit 1');
    const { sql, end } = await cloud.session();
    await sql('set session_replication_role = replica');
    await sql('update public.products set price = 99 where id = $1', [id]);
    await end();
    // one of them has a change waiting meanwhile: the two are merged as ever
    first.daemon.pause(null, 'test');
    set(first.store, 'products', id, { cost: 55 });
    const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
    expect(await provision.guard()).toMatchObject({ state: 'repaired' });
    first.daemon.resume();
    await shop.allSettle();
    for (const { store } of [first, second]) {
      expect(store.read.get('SELECT price, cost FROM products WHERE id = ?', id)).toEqual({ price: 99, cost: 55 });
    }
    await shop.expectEqual();
  });
});
