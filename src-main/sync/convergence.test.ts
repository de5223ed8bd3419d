import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import type { FaultRule } from '#cloud/local/gateway/faults.ts';
import type { Store } from '#main/store/types.ts';
import { discardTxn } from './dead-letters.ts';
import { testPc, type TestPc } from './testing/pc.ts';

/*
 * Three PCs of one shop do what people do, in an order drawn from a seed, while the network drops, delays and garbles. After quiet all must
 * be equal, and every figure that adds up must be the sum of what was added.
 */
let cloud: TestCloud;
const pcs: TestPc[] = [];
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(async () => {
  cloud.faults.clear();
  await Promise.all(pcs.splice(0).map((pc) => pc.stop()));
});
afterAll(() => cloud.stop());

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const faults: FaultRule[] = [
  { match: { path: 'sync_' }, do: 'drop-before', times: 1 },
  { match: { path: 'sync_push' }, do: 'drop-after', times: 2 },
  { match: { path: 'sync_' }, do: 'status', status: 503, times: 1 },
  { match: { path: 'sync_' }, do: 'delay', ms: 60, times: 3 },
  { match: { path: 'sync_pull' }, do: 'truncate', bytes: 200, times: 1 },
  { match: { path: 'sync_' }, do: 'html', times: 1 },
];

class Shop {
  readonly storeId: string;
  private readonly random: () => number;
  /** Sum of all changes made to each stock level. */
  readonly added = new Map<string, number>();
  readonly created = new Set<string>();
  readonly deleted = new Set<string>();
  readonly products: string[] = [];

  constructor(storeId: string, random: () => number) {
    this.storeId = storeId;
    this.random = random;
  }

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  /** One thing that a person does at one PC: one local transaction. */
  act(store: Store): void {
    store.transaction('clerk', (db) => {
      const customers = db.all<{ id: string }>('SELECT id FROM customers WHERE store_id = ? ORDER BY id', this.storeId);
      const kind = this.random();
      if (customers.length === 0 || kind < 0.15) {
        const id = store.newId();
        this.created.add(id);
        db.run(`INSERT INTO customers (id, store_id, name, credit_limit) VALUES (?, ?, 'New', 0)`, id, this.storeId);
      } else if (kind < 0.45) {
        const column = this.pick(['phone', 'note', 'address', 'name']);
        const value = `v${Math.floor(this.random() * 50)}`;
        db.run(`UPDATE customers SET ${column} = ? WHERE id = ?`, value, this.pick(customers).id);
      } else if (kind < 0.5) {
        const { id } = this.pick(customers);
        this.deleted.add(id);
        db.run('DELETE FROM customers WHERE id = ?', id);
      } else if (kind < 0.6) {
        db.run(
          'UPDATE products SET price = ?, cost = ? WHERE id = ?',
          Math.floor(this.random() * 900),
          Math.floor(this.random() * 900),
          this.pick(this.products),
        );
      } else {
        for (let i = 0; i < 2; i += 1) this.move(db);
      }
    });
  }

  private move(db: Parameters<Parameters<Store['transaction']>[1]>[0]): void {
    const product = this.pick(this.products);
    const change = Math.floor(this.random() * 20) - 10;
    this.added.set(product, (this.added.get(product) ?? 0) + change);
    // the level has the product's id here, as it has a derived one in the shop: the same on every PC
    const known = db.get('SELECT 1 FROM stock_levels WHERE id = ?', product);
    if (known) db.run('UPDATE stock_levels SET qty = qty + ? WHERE id = ?', change, product);
    else
      db.run(
        'INSERT INTO stock_levels (id, store_id, product_id, qty) VALUES (?, ?, ?, ?)',
        product,
        this.storeId,
        product,
        change,
      );
  }
}

describe.each([1, 2, 3, 4, 5, 6])('three PCs on a bad network, seed %i', (seed) => {
  it('end up equal, with nothing lost and nothing counted twice', async () => {
    const random = randomFrom(seed);
    const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
    const storeId = await provision.createStore({
      code: `C${seed}`,
      name: 'Chaos',
      region: '',
      province: '',
      city: '',
      barangay: '',
    });
    for (let i = 0; i < 3; i += 1)
      pcs.push(
        await testPc(cloud, await provision.createEnrolmentCode(storeId), { batchSize: 1 + Math.floor(random() * 12) }),
      );
    const shop = new Shop(storeId, random);
    for (let i = 0; i < 5; i += 1) {
      const id = crypto.randomUUID();
      shop.products.push(id);
      await cloud.sql(
        `insert into products (id, sku, name, category, unit, price, cost, active) values ($1, 'S', 'P', 'c', 'pc', 1, 1, true)`,
        [id],
      );
    }
    await Promise.all(pcs.map((pc) => pc.settle()));

    for (let step = 0; step < 120; step += 1) {
      const pc = pcs[Math.floor(random() * 3)] as TestPc;
      const dice = random();
      if (dice < 0.1) cloud.faults.set([faults[Math.floor(random() * faults.length)] as FaultRule]);
      else if (dice < 0.15) pc.daemon.pause(null, 'test');
      else if (dice < 0.25) pc.daemon.resume();
      else if (dice < 0.35) await pc.daemon.verify();
      else shop.act(pc.store);
    }

    cloud.faults.clear();
    for (let round = 0; round < 3; round += 1) {
      for (const pc of pcs) {
        pc.daemon.resume();
        await pc.settle(20);
      }
    }
    // what may be refused here: changes of rows that somebody else deleted, and deletions of rows that somebody else changed
    for (const pc of pcs) {
      const letters = pc.store.read.all<{ txn: number; code: string }>(
        'SELECT txn, code FROM _dead_letters ORDER BY txn',
      );
      expect(letters.filter(({ code }) => !['PF409', 'PF410', 'held'].includes(code))).toEqual([]);
      letters.forEach(({ txn }) => discardTxn(pc.store, txn));
    }
    for (let round = 0; round < 2; round += 1) for (const pc of pcs) await pc.settle(20);

    for (const pc of pcs)
      expect(await pc.daemon.verify()).toMatchObject({ ok: true, value: { equal: true, reason: null } });
    const levels = await cloud.sql<{ id: string; qty: number }>(
      'select id, qty::int from stock_levels where store_id = $1',
      [storeId],
    );
    expect(Object.fromEntries(levels.map(({ id, qty }) => [id, qty]))).toEqual(Object.fromEntries(shop.added));
    const customers = new Set(
      (await cloud.sql<{ id: string }>('select id from customers where store_id = $1', [storeId])).map(({ id }) => id),
    );
    const lost = [...shop.created].filter((id) => !customers.has(id) && !shop.deleted.has(id));
    expect(lost).toEqual([]);
    expect([...customers].filter((id) => !shop.created.has(id))).toEqual([]);
  });
});
