import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { bootstrapProgress } from './bootstrap.ts';
import { discardTxn } from './dead-letters.ts';
import { fillStore, newStore } from './testing/cloud-rows.ts';
import { killedPc, testPc, type TestPc } from './testing/pc.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';

let cloud: TestCloud;
const pcs: TestPc[] = [];
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(() => Promise.all(pcs.splice(0).map((pc) => pc.stop())));
afterAll(() => cloud.stop());

const provision = () => createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
const count = (pc: TestPc, table: string) => pc.store.read.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n;
const expectEqual = async (pc: TestPc) =>
  expect(await pc.daemon.verify()).toMatchObject({ ok: true, value: { equal: true, reason: null } });

async function open(storeId: string, options: Parameters<typeof testPc>[2] = {}): Promise<TestPc> {
  const pc = await testPc(cloud, await provision().createEnrolmentCode(storeId), options);
  pcs.push(pc);
  return pc;
}

describe('a new PC', () => {
  it('gets everything of its scopes and then follows the feed', async () => {
    const storeId = await newStore(cloud);
    const { sales } = await fillStore(cloud, storeId, 3000);
    const other = await newStore(cloud);
    await fillStore(cloud, other, 10);
    const pc = await open(storeId);
    await pc.settle(30);
    expect(count(pc, 'transactions')).toBe(3000);
    expect(count(pc, 'transaction_items')).toBe(3000);
    expect(pc.store.read.all('SELECT scope FROM _bootstraps')).toEqual([]);
    await cloud.sql(`update transactions set void_reason = 'later' where id = $1`, [sales[0]]);
    await pc.settle();
    expect(row(pc.store, 'transactions', sales[0] ?? '')).toMatchObject({ void_reason: 'later' });
    await expectEqual(pc);
  });

  it('sells and sends while it is still being filled, and shows how far it is', async () => {
    const storeId = await newStore(cloud);
    const { product } = await fillStore(cloud, storeId, 6000);
    const seen: { done: number; total: number }[] = [];
    let sale = '';
    let filledWhenSent: number | undefined;
    const between = async (): Promise<void> => {
      await nextTurn();
      const pc = pcs[0];
      const progress = pc && bootstrapProgress(pc.store.read, `store:${storeId}`);
      if (!pc || !progress) return;
      if (progress.total > 0) seen.push(progress);
      if (progress.done > 500 && sale === '') sale = insertSale(pc.store, product);
      const waiting = sale !== '' && pc.store.read.get('SELECT 1 FROM _change_log WHERE state < 4');
      if (sale !== '' && !waiting) filledWhenSent ??= progress.done;
    };
    const pc = await open(storeId, { yieldNow: between, intervalMs: 60_000 });
    await pc.settle(30);
    expect(filledWhenSent).toBeLessThan(12_000);
    expect(seen.every(({ total }) => total >= 12_000)).toBe(true);
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(count(pc, 'transactions')).toBe(6001);
    expect(row(pc.store, 'transactions', sale)).toBeDefined();
    await expectEqual(pc);
  });

  it('never shows a sale without its lines, though others sell meanwhile', async () => {
    const storeId = await newStore(cloud);
    const { product } = await fillStore(cloud, storeId, 4000);
    const other = await open(storeId, { intervalMs: 60_000 });
    await other.settle(30);
    let torn = 0;
    let sold = 0;
    const between = async (): Promise<void> => {
      const pc = pcs[1];
      if (!pc) return nextTurn();
      if (bootstrapProgress(pc.store.read, `store:${storeId}`) && sold < 8) {
        sold += 1;
        insertSale(other.store, product);
        await other.settle();
      }
      await nextTurn();
    };
    const pc = await open(storeId, { yieldNow: between, intervalMs: 60_000 });
    pc.store.onChange(() => {
      torn += Number(
        pc.store.read.get(
          'SELECT 1 FROM transactions t WHERE NOT EXISTS (SELECT 1 FROM transaction_items WHERE transaction_id = t.id) LIMIT 1',
        ) !== undefined,
      );
    });
    await pc.settle(60);
    expect(sold).toBe(8);
    expect(torn).toBe(0);
    expect(count(pc, 'transactions')).toBe(4008);
    await expectEqual(pc);
  });
});

describe('a PC that is killed while it is filled', () => {
  it('goes on where it was, from any slice', async () => {
    const storeId = await newStore(cloud);
    await fillStore(cloud, storeId, 3000);
    const copies: TestPc[] = [];
    const pc = await open(storeId, { intervalMs: 60_000 });
    // every commit is a moment after which the process may die; the disk is taken as it is then
    const moments = new Set<string>();
    pc.store.onChange(() => {
      const state = pc.store.read.all('SELECT scope, tables, after FROM _bootstraps');
      if (state.length === 0 || moments.has(JSON.stringify(state))) return;
      moments.add(JSON.stringify(state));
      copies.push(killedPc(cloud, pc, { intervalMs: 60_000 }));
    });
    await pc.settle(60);
    await pc.daemon.stop();
    pcs.push(...copies);
    expect(copies.length).toBeGreaterThan(10);
    for (const copy of copies) {
      const before = bootstrapProgress(copy.store.read)?.done ?? 0;
      copy.daemon.start();
      await copy.settle(60);
      // what was there is not fetched again
      const pulled = copy.store.read.get<{ n: number }>('SELECT sum(pulled) AS n FROM _sync_runs')?.n ?? 0;
      expect(pulled).toBeLessThanOrEqual((count(pc, 'transactions') ?? 0) * 2 + 20 - before);
      expect(count(copy, 'transactions')).toBe(3000);
      await expectEqual(copy);
      await copy.daemon.stop();
    }
  });

  it('goes on when calls fail in any way', async () => {
    const storeId = await newStore(cloud);
    const { sales } = await fillStore(cloud, storeId, 3000);
    const path = /rpc\/sync_(pull|snapshot)/;
    cloud.faults.set([
      { match: { path }, do: 'drop-after', skip: 1, times: 2 },
      { match: { path }, do: 'truncate', bytes: 5000, skip: 4, times: 1 },
      { match: { path }, do: 'html', skip: 7, times: 1 },
      { match: { path }, do: 'status', status: 503, skip: 10, times: 1, retryAfterSeconds: 0 },
      { match: { path }, do: 'drop-before', skip: 13, times: 2 },
    ]);
    const pc = await open(storeId, { intervalMs: 20 });
    await pc.settle(60);
    cloud.faults.clear();
    expect(count(pc, 'transactions')).toBe(3000);
    set(pc.store, 'transactions', sales[1] ?? '', { void_reason: 'x' });
    await pc.settle();
    await expectEqual(pc);
  });
});

describe('a PC that works while it is filled', () => {
  it('keeps a row that it made meanwhile when a later change of it is refused and given up', async () => {
    const storeId = await newStore(cloud);
    await cloud.sql(
      `insert into products (id, sku, name, category, unit, price, cost, active)
       select gen_random_uuid(), 'B' || n, 'P', 'c', 'pc', 1, 1, true from generate_series(1, 1200) n`,
      [],
    );
    let product = '';
    const between = async (): Promise<void> => {
      await nextTurn();
      const [first] = pcs;
      const begun = first?.store.read.get('SELECT 1 FROM _bootstraps WHERE position IS NOT NULL');
      if (!first || !begun || product !== '') return;
      // with the last id, so that it is made before its part of the table is applied
      product = insert(first.store, 'products', { id: 'ffffffff-0000-4000-8000-000000000000', name: 'Made here' });
      // the cloud takes no product without a name
      set(first.store, 'products', product, { name: '' });
    };
    const pc = await open(storeId, { yieldNow: between, intervalMs: 60_000 });
    await pc.settle(30);
    const [letter] = pc.store.read.all<{ txn: number }>('SELECT txn FROM _dead_letters');
    expect(discardTxn(pc.store, letter?.txn ?? 0).ok).toBe(true);
    expect(row(pc.store, 'products', product)).toMatchObject({ name: 'Made here' });
    await expectEqual(pc);
  });

  it('keeps what it added to a row that another PC made meanwhile', async () => {
    const storeId = await newStore(cloud);
    const product = crypto.randomUUID();
    await cloud.sql(
      `insert into products (id, sku, name, category, unit, price, cost, active)
       select case n when 1 then $1 else gen_random_uuid() end, 'A' || n, 'P', 'c', 'pc', 1, 1, true from generate_series(1, 1200) n`,
      [product],
    );
    const other = await open(storeId, { intervalMs: 60_000 });
    await other.settle(30);
    // the same level on every PC, as a derived id makes it
    const level = crypto.randomUUID();
    let done: 'nothing' | 'met' | 'added' = 'nothing';
    const between = async (): Promise<void> => {
      await nextTurn();
      const pc = pcs[1];
      const begun = pc?.store.read.get(
        'SELECT 1 FROM _bootstraps WHERE scope = ? AND position IS NOT NULL',
        `store:${storeId}`,
      );
      if (!pc || !begun || done === 'added') return;
      if (done === 'met') {
        // once the first is confirmed, the second simply applies: the cloud believes it known here
        if (pc.store.read.get('SELECT 1 FROM _change_log WHERE state < 4')) return;
        done = 'added';
        set(pc.store, 'stock_levels', level, { qty: 1023 });
        return;
      }
      done = 'met';
      insert(other.store, 'stock_levels', { id: level, product_id: product, qty: 1000 });
      await other.settle();
      insert(pc.store, 'stock_levels', { id: level, product_id: product, qty: 20 });
    };
    const pc = await open(storeId, { yieldNow: between, intervalMs: 60_000 });
    await pc.settle(30);
    expect(done).toBe('added');
    expect(row(pc.store, 'stock_levels', level)).toMatchObject({ qty: 1023 });
    await expectEqual(pc);
  });
});
