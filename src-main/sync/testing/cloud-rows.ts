/** Rows made in the cloud itself, as an office or another store's PCs make them. */
import { createProvision } from '#cloud/local/provision.ts';
import type { TestCloud } from '#cloud/local/testing.ts';

/** Adds a store to the chain; answers its id. */
export function newStore(cloud: TestCloud, region = 'NCR'): Promise<string> {
  return createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey }).createStore({
    code: crypto.randomUUID(),
    name: `Store in ${region}`,
    region,
    province: 'MM',
    city: 'Manila',
    barangay: 'Tondo',
  });
}

/** Sells one product so many times in a store, one sale a minute back from now; answers the product and the sales, newest first. */
export async function fillStore(
  cloud: TestCloud,
  storeId: string,
  sales: number,
): Promise<{ product: string; sales: string[] }> {
  const product = crypto.randomUUID();
  await cloud.sql(
    `insert into products (id, sku, name, category, unit, price, cost, active) values ($1, 'S', 'P', 'c', 'pc', 1, 1, true)`,
    [product],
  );
  // ids as PCs make them (UUIDv7): in the order of time
  const timed = (seconds: string) =>
    `(lpad(to_hex((extract(epoch from now()) * 1000)::bigint - ${seconds} * 1000::bigint), 12, '0') || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid`;
  const sold = await cloud.sql<{ id: string }>(
    `insert into transactions (id, store_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
     select ${timed('i * 60')}, $1, 'n' || i, now() - i * interval '1 minute', now(), 'cash', 'regular', 'verbal', 'branded', 'none', i
       from generate_series(1, $2::integer) i returning id, total`,
    [storeId, sales],
  );
  const ids = sold.map(({ id }) => id);
  await cloud.sql(
    `insert into transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total)
     select ${timed('o * 60')}, $1, t, 1, $2, 1000, 'pc', 1, 1 from unnest($3::uuid[]) with ordinality u(t, o)`,
    [storeId, product, ids],
  );
  return { product, sales: ids };
}

/** Takes away the feed up to a scope's head, as retention does with what is old. */
export async function pruneFeed(cloud: TestCloud, scope: string): Promise<void> {
  await cloud.sql('delete from sync.changes c using sync.scopes s where s.key = $1 and c.scope_id = s.id', [scope]);
  await cloud.sql('delete from sync.txns t using sync.scopes s where s.key = $1 and t.scope_id = s.id', [scope]);
  await cloud.sql('update sync.scopes set floor = head, floor_stamp = head_stamp where key = $1', [scope]);
}

let savings = 0;

/** Remembers what the cloud has; the answer sets it back to that, as a restore from a backup does: tables and sequences, without a trace. */
export async function backUpCloud(cloud: TestCloud): Promise<() => Promise<void>> {
  savings += 1;
  const saved = `saved_${savings}`;
  const tables = await cloud.adminSql<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('sync', 'public')`,
  );
  const sequences = await cloud.adminSql<{ name: string; last: string | null }>(
    `select format('%I.%I', schemaname, sequencename) as name, last_value::text as last from pg_sequences where schemaname in ('sync', 'public')`,
  );
  // one snapshot of all tables, as a backup is: a push may commit meanwhile
  const backup = await cloud.session();
  await backup.sql('begin isolation level repeatable read');
  await backup.sql(`create schema ${saved}`);
  for (const { name } of tables) await backup.sql(`create table ${saved}."${name}" as table ${name}`);
  await backup.sql('commit');
  await backup.end();
  return async () => {
    const session = await cloud.session();
    await session.sql('begin');
    await session.sql('set local session_replication_role = replica');
    await session.sql(`truncate ${tables.map(({ name }) => name).join(', ')}`);
    for (const { name } of tables) {
      await session.sql(`insert into ${name} overriding system value select * from ${saved}."${name}"`);
    }
    for (const { name, last } of sequences)
      await session.sql('select setval($1, $2, $3)', [name, last ?? 1, last !== null]);
    await session.sql('commit');
    await session.end();
  };
}
