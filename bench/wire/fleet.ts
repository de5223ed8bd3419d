import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { createProvision } from '#cloud/local/provision.ts';
import type { CloudAccess } from '../bench-cloud.ts';
import { openWirePc, type WirePc } from './pc.ts';
import type { Seller } from './sale.ts';

export type FleetPc = { readonly pc: WirePc; readonly seller: Seller };

/** Opens a chain of stores with `products` products on every shelf, and enrols PCs in them, a few at a time. */
export async function openFleet(
  cloud: CloudAccess,
  options: { readonly pcs: number; readonly perStore: number; readonly products: number; readonly onPc?: () => void },
): Promise<FleetPc[]> {
  const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
  const stores = await stock(cloud, Math.ceil(options.pcs / options.perStore), options.products);
  const fleet: FleetPc[] = [];
  const open = async (n: number): Promise<void> => {
    const store = stores[Math.floor(n / options.perStore)];
    if (!store) throw new Error('No store');
    const pc = await openWirePc(cloud, await provision.createEnrolmentCode(store.id, 600), `Counter ${n}`);
    fleet.push({ pc, seller: { storeId: store.id, deviceId: pc.deviceId, stock: store.stock } });
    options.onPc?.();
  };
  const queue = Array.from({ length: options.pcs }, (_, n) => n);
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let n = queue.shift(); n !== undefined; n = queue.shift()) await open(n);
    }),
  );
  return fleet;
}

type Stocked = { readonly id: string; readonly stock: Seller['stock'] };

async function stock(cloud: CloudAccess, stores: number, products: number): Promise<Stocked[]> {
  const client = new Client({ connectionString: cloud.databaseUrl });
  await client.connect();
  try {
    const ids = Array.from({ length: stores }, () => randomUUID());
    await client.query(
      `insert into public.stores (id, code, name, region, province, city, barangay)
         select u.id, 'S-' || left(u.id::text, 8), 'Store', '', '', '', '' from unnest($1::uuid[]) u(id)`,
      [ids],
    );
    await client.query(
      `insert into public.products (id, sku, name, category, unit, price, cost, active)
         select gen_random_uuid(), 'sku' || i, 'Product ' || i, 'snacks', 'pc', 1450, 1000, true from generate_series(1, $1) i`,
      [products],
    );
    await client.query(
      `insert into public.stock_levels (id, store_id, product_id, qty)
         select gen_random_uuid(), s.id, p.id, 100000 from unnest($1::uuid[]) s(id), (select id from public.products order by id limit $2) p`,
      [ids, products],
    );
    const { rows } = await client.query<{ store_id: string; levels: { product: string; level: string }[] }>(
      `select store_id, json_agg(json_build_object('product', product_id, 'level', id)) levels
         from public.stock_levels where store_id = any ($1) group by 1`,
      [ids],
    );
    // what was just loaded is what the planner should know
    await client.query('analyze');
    return rows.map(({ store_id: id, levels }) => ({ id, stock: levels }));
  } finally {
    await client.end();
  }
}
