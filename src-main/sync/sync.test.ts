import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { register, tableNames } from '#shared/register.ts';
import type { SqlValue, Store } from '#main/store/types.ts';
import { discardTxn, restoreTxn, retryTxn } from './dead-letters.ts';
import { testPc, type TestPc } from './testing.ts';

let cloud: TestCloud;
const pcs: TestPc[] = [];

beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(async () => {
  cloud.faults.clear();
  await cloud.setOffline(false);
  await Promise.all(pcs.splice(0).map((pc) => pc.stop()));
});
afterAll(() => cloud.stop());

async function shop(count: number, options: Parameters<typeof testPc>[2] = {}): Promise<TestPc[]> {
  const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
  const storeId = await provision.createStore({
    code: crypto.randomUUID(),
    name: 'Aling Nena Store',
    region: 'NCR',
    province: 'MM',
    city: 'Manila',
    barangay: 'Tondo',
  });
  for (let i = 1; i <= count; i += 1) {
    const code = await provision.createEnrolmentCode(storeId);
    pcs.push(await testPc(cloud, code, { name: `Counter ${i}`, ...options }));
  }
  await Promise.all(pcs.map((pc) => pc.settle()));
  return pcs;
}

function storeIdOf(store: Store): string {
  return JSON.parse(store.read.get<{ value: string }>(`SELECT value FROM _meta WHERE key = 'identity'`)?.value ?? '{}')
    .storeId;
}
function insert(
  store: Store,
  table: 'products' | 'customers' | 'stock_levels' | 'transactions' | 'transaction_items',
  values: Record<string, SqlValue>,
): string {
  const id = (values.id as string | undefined) ?? store.newId();
  const all = { ...defaults(store)[table], ...values, id };
  const names = Object.keys(all);
  store.transaction('clerk', (db) =>
    db.run(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      ...Object.values(all),
    ),
  );
  return id;
}
function defaults(store: Store): Record<string, Record<string, SqlValue>> {
  const store_id = storeIdOf(store);
  return {
    products: { sku: 'sku', name: 'Kape Uno', category: 'coffee', unit: 'sachet', price: 800, cost: 610, active: 1 },
    customers: { store_id, name: 'Aling Rosa', credit_limit: 0 },
    stock_levels: { store_id, qty: 0 },
    transactions: {
      store_id,
      number: '1-000001',
      started_at: 1_790_000_000_123,
      ended_at: 1_790_000_000_456,
      payment: 'cash',
      customer_type: 'regular',
      request_mode: 'verbal',
      request_type: 'branded',
      suggestion: 'none',
      total: 1000,
    },
    transaction_items: { store_id, line_no: 1, qty: 1000, unit: 'pc', unit_price: 1000, line_total: 1000 },
  };
}
function set(store: Store, table: string, id: string, values: Record<string, SqlValue>, actor = 'clerk'): void {
  const names = Object.keys(values);
  store.transaction(actor, (db) =>
    db.run(
      `UPDATE ${table} SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
      ...Object.values(values),
      id,
    ),
  );
}
function row(store: Store, table: string, id: string): Record<string, SqlValue> | undefined {
  return store.read.get(`SELECT * FROM ${table} WHERE id = ?`, id);
}
async function allSettle(rounds = 2): Promise<void> {
  for (let i = 0; i < rounds; i += 1) for (const pc of pcs) await pc.settle();
}
async function expectEqual(): Promise<void> {
  for (const pc of pcs) {
    const report = await pc.daemon.verify();
    expect(report).toMatchObject({ ok: true, value: { equal: true, reason: null } });
  }
}

describe('the register', () => {
  it('is the same in the cloud', async () => {
    const tables = await cloud.sql<{
      name: string;
      scope_rule: string;
      direction: string;
      policies: Record<string, string>;
      columns: string[];
    }>('select name, scope_rule, direction, policies, columns from sync.tables order by id');
    expect(tables.map(({ name }) => name)).toEqual(tableNames);
    for (const { name, scope_rule, direction, policies, columns } of tables) {
      const mine = register[name as keyof typeof register];
      expect({ name, scope_rule, direction, columns }).toEqual({
        name,
        scope_rule: mine.scope,
        direction: mine.direction,
        columns: Object.keys(mine.columns),
      });
      expect(policies).toEqual(
        Object.fromEntries(
          Object.entries(mine.columns)
            .filter(([, { policy }]) => policy !== 'server')
            .map(([column, { policy }]) => [column, policy]),
        ),
      );
    }
  });
});

describe('two PCs', () => {
  it('bring a sale with its lines to the other PC, values exact', async () => {
    const [a, b] = (await shop(2)) as [TestPc, TestPc];
    const product = insert(a.store, 'products', { local_name: 'Kape, "uno"\nñ', brand: null });
    const sale = a.store.newId();
    a.store.transaction('clerk', (db) => {
      const { transactions, transaction_items } = defaults(a.store);
      for (const [table, values] of [
        ['transactions', { ...transactions, id: sale }],
        ['transaction_items', { ...transaction_items, id: a.store.newId(), transaction_id: sale, product_id: product }],
      ] as const) {
        db.run(
          `INSERT INTO ${table} (${Object.keys(values).join(', ')}) VALUES (${Object.keys(values)
            .map(() => '?')
            .join(', ')})`,
          ...(Object.values(values) as SqlValue[]),
        );
      }
    });
    await allSettle();
    expect(row(b.store, 'transactions', sale)).toEqual(row(a.store, 'transactions', sale));
    expect(row(b.store, 'products', product)).toEqual(row(a.store, 'products', product));
    expect(b.store.read.all('SELECT * FROM transaction_items WHERE transaction_id = ?', sale)).toHaveLength(1);
    await expectEqual();
  });

  it('merge different fields of one customer, in either order', async () => {
    const [a, b] = (await shop(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'customers', { phone: '0917' });
    await allSettle();
    await cloud.setOffline(true);
    set(a.store, 'customers', id, { phone: '0918' });
    set(b.store, 'customers', id, { name: 'Aling Rosa Cruz' });
    await cloud.setOffline(false);
    await allSettle();
    for (const pc of pcs)
      expect(row(pc.store, 'customers', id)).toMatchObject({ phone: '0918', name: 'Aling Rosa Cruz' });
    expect(a.store.read.all('SELECT * FROM conflicts')).toEqual([]);
    await expectEqual();
  });

  it('add up stock, also when both create the level', async () => {
    const [a, b] = (await shop(2)) as [TestPc, TestPc];
    const product = insert(a.store, 'products', {});
    await allSettle();
    await cloud.setOffline(true);
    const id = a.store.newId();
    insert(a.store, 'stock_levels', { id, product_id: product, qty: 24_000 });
    insert(b.store, 'stock_levels', { id, product_id: product, qty: 5000 });
    set(a.store, 'stock_levels', id, { qty: 22_000 });
    set(b.store, 'stock_levels', id, { qty: 2000 });
    set(a.store, 'stock_levels', id, { qty: 21_000 });
    await cloud.setOffline(false);
    await allSettle();
    for (const pc of pcs) expect(row(pc.store, 'stock_levels', id)?.qty).toBe(23_000);
    await expectEqual();
  });

  it('keep the cloud value and ask a person when both set a price; the answer travels and can be undone', async () => {
    const [a, b] = (await shop(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'products', { price: 800 });
    await allSettle();
    await cloud.setOffline(true);
    set(a.store, 'products', id, { price: 850, cost: 640 });
    set(b.store, 'products', id, { price: 900 });
    b.daemon.pause(null, 'test');
    await cloud.setOffline(false);
    await a.settle();
    b.daemon.resume();
    await b.settle();
    await allSettle();
    for (const pc of pcs) {
      expect(row(pc.store, 'products', id)).toMatchObject({ price: 850, cost: 640 });
      const [conflict, ...more] = pc.store.read.all<{ status: string; fields: string; row_id: string }>(
        'SELECT * FROM conflicts',
      );
      expect(more).toEqual([]);
      expect(conflict).toMatchObject({ status: 'open', row_id: id });
      expect(JSON.parse(conflict?.fields ?? '')).toEqual([{ column: 'price', base: 800, incoming: 900, kept: 850 }]);
    }
    const conflict = b.store.read.get<{ id: string }>('SELECT id FROM conflicts')?.id ?? '';
    b.store.transaction('owner', (db) => {
      db.run('UPDATE products SET price = 900 WHERE id = ?', id);
      db.run(
        `UPDATE conflicts SET status = 'resolved', resolved_by = 'owner', resolved_at = 1790000000000 WHERE id = ?`,
        conflict,
      );
    });
    await allSettle();
    for (const pc of pcs) {
      expect(row(pc.store, 'products', id)?.price).toBe(900);
      expect(row(pc.store, 'conflicts', conflict)?.status).toBe('resolved');
      expect(pc.store.read.all('SELECT * FROM conflicts')).toHaveLength(1);
    }
    await expectEqual();
  });

  it('let the later change win where the rule says so, and keep the other as history', async () => {
    const [a, b] = (await shop(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'customers', { note: 'old' });
    await allSettle();
    await cloud.setOffline(true);
    set(b.store, 'customers', id, { note: 'earlier' });
    const moment = Date.now();
    await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(moment);
    set(a.store, 'customers', id, { note: 'later' });
    // the earlier one arrives last
    b.daemon.pause(null, 'test');
    await cloud.setOffline(false);
    await a.settle();
    b.daemon.resume();
    await b.settle();
    await allSettle();
    for (const pc of pcs) expect(row(pc.store, 'customers', id)?.note).toBe('later');
    const history = a.store.read.get<{ status: string; fields: string; resolved_by: string }>(
      'SELECT * FROM conflicts WHERE row_id = ?',
      id,
    );
    expect(history).toMatchObject({ status: 'resolved', resolved_by: 'rule' });
    expect(JSON.parse(history?.fields ?? '')).toMatchObject([
      { column: 'note', base: 'old', incoming: 'earlier', kept: 'later' },
    ]);
    await expectEqual();
  });

  it('do not clash with their own earlier changes', async () => {
    const [a] = (await shop(1, { batchSize: 1 })) as [TestPc];
    const id = insert(a.store, 'products', { price: 100 });
    for (const price of [200, 300, 400]) set(a.store, 'products', id, { price });
    await a.settle();
    expect(await cloud.sql('select price::int from products where id = $1', [id])).toEqual([{ price: 400 }]);
    expect(await cloud.sql('select 1 from conflicts where row_id = $1', [id])).toEqual([]);
    await expectEqual();
  });

  it('carry deletes, and hear of rows changed or deleted in the cloud by SQL', async () => {
    const [a, b] = (await shop(2)) as [TestPc, TestPc];
    const gone = insert(a.store, 'customers', {});
    const edited = insert(a.store, 'customers', {});
    const dropped = insert(a.store, 'customers', {});
    await allSettle();
    b.store.transaction('clerk', (db) => db.run('DELETE FROM customers WHERE id = ?', gone));
    await cloud.sql(`update customers set phone = '8888' where id = $1`, [edited]);
    await cloud.sql('delete from customers where id = $1', [dropped]);
    await allSettle();
    for (const pc of pcs) {
      expect(row(pc.store, 'customers', gone)).toBeUndefined();
      expect(row(pc.store, 'customers', dropped)).toBeUndefined();
      expect(row(pc.store, 'customers', edited)?.phone).toBe('8888');
    }
    await expect(cloud.sql('truncate customers cascade')).rejects.toThrow('use DELETE');
    await expectEqual();
  });

  it('show their own unsent change on top of what arrives meanwhile', async () => {
    const [a, b] = (await shop(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'customers', { phone: '1', address: 'x' });
    await allSettle();
    set(a.store, 'customers', id, { phone: '2' });
    await a.settle();
    // pushing fails for b, pulling works: its own name must stay visible over the phone that arrives
    cloud.faults.set([{ match: { path: 'sync_push' }, do: 'status', status: 503 }]);
    set(b.store, 'customers', id, { name: 'Unsent' });
    cloud.faults.clear();
    await allSettle();
    for (const pc of pcs) expect(row(pc.store, 'customers', id)).toMatchObject({ phone: '2', name: 'Unsent' });
    await expectEqual();
  });
});

describe('two people who resolve one conflict at once', () => {
  async function resolvedTwice(prices: [number, number]): Promise<string> {
    const [a, b] = (await shop(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'products', { price: 800 });
    await allSettle();
    await cloud.setOffline(true);
    set(a.store, 'products', id, { price: 850 });
    set(b.store, 'products', id, { price: 900 });
    await cloud.setOffline(false);
    await allSettle(3);
    const conflict = a.store.read.get<{ id: string }>('SELECT id FROM conflicts WHERE row_id = ?', id)?.id ?? '';
    for (const [i, pc] of [a, b].entries()) {
      pc.daemon.pause(null, 'test');
      pc.store.transaction(`person ${i}`, (db) => {
        db.run('UPDATE products SET price = ? WHERE id = ?', prices[i] ?? 0, id);
        db.run(
          `UPDATE conflicts SET status = 'resolved', resolved_by = ?, resolved_at = ? WHERE id = ?`,
          `person ${i}`,
          i,
          conflict,
        );
      });
    }
    for (const pc of pcs) pc.daemon.resume();
    await allSettle(3);
    await expectEqual();
    return id;
  }
  const conflictsOf = (id: string) =>
    pcs.map((pc) => pc.store.read.all(`SELECT status FROM conflicts WHERE row_id = ? ORDER BY opened_at`, id));

  it('are done when they chose the same', async () => {
    const id = await resolvedTwice([900, 900]);
    for (const pc of pcs) expect(row(pc.store, 'products', id)?.price).toBe(900);
    expect(conflictsOf(id)).toEqual([[{ status: 'resolved' }], [{ status: 'resolved' }]]);
  });

  it('are asked again when they chose differently', async () => {
    const id = await resolvedTwice([870, 920]);
    expect([870, 920]).toContain(row(pcs[0]?.store as Store, 'products', id)?.price);
    expect(conflictsOf(id)).toEqual([
      [{ status: 'resolved' }, { status: 'open' }],
      [{ status: 'resolved' }, { status: 'open' }],
    ]);
  });
});

describe('a change made while the other one arrives', () => {
  it('gives way to the cloud when both met, and asks a person', async () => {
    const [a, b] = (await shop(2)) as [TestPc, TestPc];
    const id = insert(a.store, 'products', { price: 800 });
    await allSettle();
    b.daemon.pause(null, 'test');
    set(a.store, 'products', id, { price: 850 });
    await a.settle();
    const slow = cloud.faults.add({ match: { path: 'sync_pull' }, do: 'delay', ms: 300 });
    const before = slow.hits();
    b.daemon.resume();
    await expect.poll(() => slow.hits()).toBeGreaterThan(before);
    set(b.store, 'products', id, { price: 900 });
    await expect
      .poll(
        () =>
          b.store.read.get('SELECT 1 FROM _shadow WHERE row_id = ?', id) ??
          b.store.read.get('SELECT 1 FROM conflicts WHERE row_id = ?', id),
      )
      .toBeTruthy();
    slow.remove();
    await allSettle();
    for (const pc of pcs) {
      expect(row(pc.store, 'products', id)?.price).toBe(850);
      expect(pc.store.read.all(`SELECT status FROM conflicts WHERE row_id = ?`, id)).toEqual([{ status: 'open' }]);
    }
    await expectEqual();
  });
});

describe('a wake-up from the cloud', () => {
  it('brings a change long before the next round would', async () => {
    const [a, b] = (await shop(2, { intervalMs: 3_600_000 })) as [TestPc, TestPc];
    const id = insert(a.store, 'customers', {});
    await expect.poll(() => row(b.store, 'customers', id), { timeout: 10_000 }).toBeDefined();
    // nobody comes back for what they sent themselves
    const runs = a.store.read.all<{ pushed: number }>('SELECT pushed FROM _sync_runs ORDER BY id');
    expect(runs.at(-1)).toEqual({ pushed: 1 });
  });
});

describe('trouble on the way', () => {
  it('has one effect when the answer is lost after the commit', async () => {
    const [a] = (await shop(1)) as [TestPc];
    const lost = cloud.faults.add({ match: { path: 'sync_push' }, do: 'drop-after', times: 2 });
    const level = insert(a.store, 'stock_levels', { product_id: insert(a.store, 'products', {}), qty: 10 });
    set(a.store, 'stock_levels', level, { qty: 7 });
    await a.settle();
    expect(lost.hits()).toBe(2);
    expect(await cloud.sql('select qty::int from stock_levels where id = $1', [level])).toEqual([{ qty: 7 }]);
    await expectEqual();
  });

  it('takes a login page, a broken answer and an overloaded cloud for what they are', async () => {
    const [a] = (await shop(1)) as [TestPc];
    const seen = new Set<string>();
    a.daemon.onStatus(() => {
      const code = a.daemon.status().failure?.code;
      if (code) seen.add(code);
    });
    for (const [fault, code] of [
      [{ do: 'html' }, 'cloud-rude'],
      [{ do: 'status', status: 503, body: { message: 'busy' } }, 'cloud-busy'],
      [{ do: 'truncate', bytes: 20 }, 'offline'],
    ] as const) {
      cloud.faults.set([{ match: { path: 'rpc' }, ...fault, times: 1 }]);
      const id = insert(a.store, 'customers', {});
      a.daemon.wake('operator');
      await a.settle();
      expect([...seen]).toContain(code);
      expect(await cloud.sql('select 1 from customers where id = $1', [id])).toHaveLength(1);
    }
  });

  it('stops at once when the PC is revoked, and keeps what it has', async () => {
    const [a] = (await shop(1)) as [TestPc];
    const device = JSON.parse(
      a.store.read.get<{ value: string }>(`SELECT value FROM _meta WHERE key = 'identity'`)?.value ?? '',
    ).deviceId;
    await cloud.sql('select public.revoke_device($1)', [device]);
    const id = insert(a.store, 'customers', {});
    a.daemon.wake('operator');
    await expect.poll(() => a.daemon.status().failure?.code).toBe('revoked');
    expect(await cloud.sql('select 1 from customers where id = $1', [id])).toEqual([]);
    expect(row(a.store, 'customers', id)).toBeDefined();
  });

  it('refuses the copy of a disk instead of doubling its sales', async () => {
    const [a] = (await shop(1)) as [TestPc];
    insert(a.store, 'customers', {});
    await a.settle();
    // the disk goes back to before the last batch
    a.store.apply(null, (db) => db.run(`UPDATE _meta SET value = '0' WHERE key = 'last_batch'`));
    insert(a.store, 'customers', {});
    a.daemon.wake('operator');
    await expect.poll(() => a.daemon.status().failure?.code).toBe('forked');
  });
});

describe('two batches on their way', () => {
  /** Changes of different rows, so that each is a batch of its own and may follow the other at once. */
  async function many(fault: Parameters<TestCloud['faults']['set']>[0]): Promise<{ pc: TestPc; ids: string[] }> {
    const [pc] = (await shop(1, { batchSize: 1 })) as [TestPc];
    pc.daemon.pause(null, 'test');
    const ids = Array.from({ length: 6 }, () => insert(pc.store, 'customers', {}));
    cloud.faults.set(fault);
    pc.daemon.resume();
    await pc.settle();
    return { pc, ids };
  }
  const found = (ids: string[]) => cloud.sql('select 1 from customers where id = any($1)', [ids]);

  it('arrive in order also when the second overtakes the first', async () => {
    const { pc, ids } = await many([{ match: { path: 'sync_push' }, do: 'delay', ms: 300, times: 1 }]);
    expect(await found(ids)).toHaveLength(6);
    expect(pc.store.read.get('SELECT 1 FROM _dead_letters')).toBeUndefined();
    await expectEqual();
  });

  it('have one effect each when the first answer is lost and the second is not', async () => {
    const { ids } = await many([{ match: { path: 'sync_push' }, do: 'drop-after', times: 1 }]);
    expect(await found(ids)).toHaveLength(6);
    expect(await cloud.sql('select 1 from sync.row_state where row_id = any($1) and ver > 1', [ids])).toEqual([]);
    await expectEqual();
  });

  it('let the second through when the first is taken apart', async () => {
    const [pc] = (await shop(1, { batchSize: 2 })) as [TestPc];
    const bad = insert(pc.store, 'products', {});
    await pc.settle();
    pc.daemon.pause(null, 'test');
    set(pc.store, 'products', bad, { price: -1 });
    const ids = Array.from({ length: 5 }, () => insert(pc.store, 'customers', {}));
    set(pc.store, 'products', bad, { name: 'After' });
    pc.daemon.resume();
    await pc.settle();
    expect(await found(ids)).toHaveLength(5);
    expect(pc.store.read.all('SELECT code FROM _dead_letters ORDER BY txn')).toEqual([
      { code: '23514' },
      { code: 'held' },
    ]);
  });
});

describe('refusals', () => {
  it('puts a refused transaction aside, holds what touches the same row, lets the rest flow', async () => {
    const [a] = (await shop(1)) as [TestPc];
    const bad = insert(a.store, 'products', {});
    const good = insert(a.store, 'products', {});
    await a.settle();
    await cloud.setOffline(true);
    set(a.store, 'products', bad, { price: -5 });
    set(a.store, 'products', bad, { name: 'Behind' });
    set(a.store, 'products', good, { price: 999 });
    await cloud.setOffline(false);
    await a.settle();
    const stuck = a.store.read.all<{ txn: number; code: string; reason: string; state: number }>(
      'SELECT d.txn, d.code, d.reason, c.state FROM _dead_letters d JOIN _change_log c ON c.txn = d.txn ORDER BY d.txn',
    );
    expect(stuck).toMatchObject([
      { code: '23514', reason: 'A value is not allowed there: products price not negative.', state: 3 },
      { code: 'held', state: 2 },
    ]);
    expect(
      await cloud.sql('select name, price::int from products where id = any($1) order by price', [[bad, good]]),
    ).toEqual([
      { name: 'Kape Uno', price: 800 },
      { name: 'Kape Uno', price: 999 },
    ]);
    // it stays visible here, is refused again on retry, and follows the cloud when discarded
    expect(row(a.store, 'products', bad)).toMatchObject({ price: -5, name: 'Behind' });
    const txn = stuck[0]?.txn ?? 0;
    expect(retryTxn(a.store, txn).ok).toBe(true);
    await a.settle();
    expect(a.store.read.get('SELECT attempts FROM _dead_letters WHERE txn = ?', txn)).toEqual({ attempts: 2 });
    expect(discardTxn(a.store, txn).ok).toBe(true);
    expect(row(a.store, 'products', bad)).toMatchObject({ price: 800, name: 'Behind' });
    await a.settle();
    expect(await cloud.sql('select name, price::int from products where id = $1', [bad])).toEqual([
      { name: 'Behind', price: 800 },
    ]);
    await expectEqual();
    expect(restoreTxn(a.store, txn).ok).toBe(true);
    expect(row(a.store, 'products', bad)).toMatchObject({ price: -5, name: 'Behind' });
    expect(discardTxn(a.store, txn).ok).toBe(true);
    expect(row(a.store, 'products', bad)).toMatchObject({ price: 800, name: 'Behind' });
  });

  it('refuses a sale as a whole when one line refers to nothing', async () => {
    const [a] = (await shop(1)) as [TestPc];
    const sale = a.store.newId();
    a.store.transaction('clerk', (db) => {
      const { transactions, transaction_items } = defaults(a.store);
      for (const [table, values] of [
        ['transactions', { ...transactions, id: sale }],
        [
          'transaction_items',
          { ...transaction_items, id: a.store.newId(), transaction_id: sale, product_id: a.store.newId() },
        ],
      ] as const) {
        db.run(
          `INSERT INTO ${table} (${Object.keys(values).join(', ')}) VALUES (${Object.keys(values)
            .map(() => '?')
            .join(', ')})`,
          ...(Object.values(values) as SqlValue[]),
        );
      }
    });
    await a.settle();
    expect(await cloud.sql('select 1 from transactions where id = $1', [sale])).toEqual([]);
    expect(a.store.read.get('SELECT code FROM _dead_letters')).toEqual({ code: '23503' });
  });

  it('does not let a PC write into another store', async () => {
    const [a] = (await shop(1)) as [TestPc];
    const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
    const other = await provision.createStore({
      code: crypto.randomUUID(),
      name: 'Other',
      region: '',
      province: '',
      city: '',
      barangay: '',
    });
    const id = insert(a.store, 'customers', { store_id: other });
    await a.settle();
    expect(await cloud.sql('select 1 from customers where id = $1', [id])).toEqual([]);
    expect(a.store.read.get('SELECT code FROM _dead_letters')).toEqual({ code: '42501' });
  });
});
