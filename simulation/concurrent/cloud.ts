/** The cloud of a concurrent world: the real local one, which may be beaten. */
import { join } from 'node:path';
import { Client } from 'pg';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { randomFrom } from '../core/random.ts';
import { uuid } from '../cloud/office.ts';
import type { Plan } from './plan.ts';

export type LiveCloud = {
  readonly cloud: TestCloud;
  readonly stores: readonly string[];
  /** A code for each PC. */
  readonly codes: readonly string[];
  /** Ends so many of the backends that serve PCs; answers how many there were. */
  readonly endBackends: (count: number, r: number) => Promise<number>;
  /** Ends what makes statements of PCs fail. */
  readonly calm: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts and furnishes it. `project` holds the migrations. */
export async function openLiveCloud(seed: number, plan: Plan, project: string): Promise<LiveCloud> {
  const cloud = await testCloud({
    migrationsDir: join(project, 'migrations', 'cloud'),
    // the stand-ins lose their connections, too
    onError: () => undefined,
  });
  try {
    return await furnish(cloud, seed, plan);
  } catch (error) {
    await cloud.stop();
    throw error;
  }
}

async function furnish(cloud: TestCloud, seed: number, plan: Plan): Promise<LiveCloud> {
  const random = randomFrom(seed * 3 + 1);
  // a commit that was answered must outlive a restart: the tests' cloud is quick because it does not promise that
  await cloud.adminSql('alter database postgres set synchronous_commit = on');
  await cloud.adminSql(`alter database postgres set deadlock_timeout = '60ms'`);
  if (plan.timeoutMs !== null)
    await cloud.adminSql(`alter role authenticated set statement_timeout = '${plan.timeoutMs}ms'`);
  const stores = Array.from({ length: plan.stores }, () => uuid(random));
  await cloud.adminSql(
    `insert into public.stores (id, code, name, region, province, city, barangay)
     select id, 'S' || n, 'Store ' || n, 'NCR', 'MM', 'Manila', 'Tondo' from unnest($1::uuid[]) with ordinality s(id, n)`,
    [stores],
  );
  await cloud.adminSql(
    `insert into public.products (id, sku, name, category, unit, price, cost, active)
     select id, 'P' || n, 'Product ' || n, 'c', 'pc', 100 * n, 50 * n, true from unnest($1::uuid[]) with ordinality p(id, n)`,
    [Array.from({ length: plan.products }, () => uuid(random))],
  );
  for (const storeId of stores)
    await cloud.adminSql(
      `insert into public.customers (id, store_id, name, credit_limit) select id, $2, 'Customer ' || n, 1000 from unnest($1::uuid[]) with ordinality c(id, n)`,
      [Array.from({ length: plan.customers }, () => uuid(random)), storeId],
    );
  const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
  const codes: string[] = [];
  for (const { store } of plan.pcs) codes.push(await provision.createEnrolmentCode(stores[store] ?? ''));
  // settings of a database and a role hold for new sessions
  await takeSettings(cloud);
  return {
    cloud,
    stores,
    codes,
    async endBackends(count, r) {
      const backends = await serving(cloud);
      const draw = randomFrom(r);
      const chosen = backends.toSorted(() => draw.next() - 0.5).slice(0, count);
      await cloud.adminSql('select pg_terminate_backend(p) from unnest($1::int[]) p', [chosen]);
      return chosen.length;
    },
    async calm() {
      cloud.faults.clear();
      await cloud.adminSql(`alter role authenticated set statement_timeout = '8s'`);
      await takeSettings(cloud);
    },
    stop: () => cloud.stop(),
  };
}

async function serving(cloud: TestCloud): Promise<number[]> {
  const rows = await cloud.adminSql<{ pid: number }>(
    `select pid from pg_stat_activity where usename = 'authenticator' and query not ilike 'listen%' order by pid`,
  );
  return rows.map(({ pid }) => pid);
}

async function takeSettings(cloud: TestCloud): Promise<void> {
  await cloud.adminSql(`notify pgrst, 'reload config'`);
  await cloud.adminSql('select pg_terminate_backend(p) from unnest($1::int[]) p', [await serving(cloud)]);
  await cloud.reloadSchema();
}

/** Runs what is looked up in one snapshot. Null when the database went away meanwhile. */
export async function inOneSnapshot<T>(
  address: string,
  look: (client: Pick<Client, 'query'>) => Promise<T>,
): Promise<T | null> {
  const client = new Client({ connectionString: address });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin isolation level repeatable read');
    const found = await look(client);
    await client.query('commit');
    return found;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether a connection, or the whole database, went away. */
export function isGone(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return /^(57P0\d|08\w{3}|ECONN\w+)$/.test(code) || message.includes('Connection terminated');
}
