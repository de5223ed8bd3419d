import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { insert, insertSale, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await testCloud();
});
afterAll(() => cloud.stop());

const shop = createTestShop(() => cloud);
afterEach(() => shop.close());

const off = { mode: 'off', upBytesPerSecond: null, downBytesPerSecond: null } as const;
const on = { ...off, mode: 'on' } as const;

describe('where every byte costs', () => {
  it('only sales travel, and what they need; the rest follows when an operator asks or the network is another', async () => {
    const [pc] = await shop.open(1, { intervalMs: 1000 });
    if (!pc) throw new Error('no PC');
    const { store, daemon } = pc;
    const product = insert(store, 'products', {});
    await pc.settle();
    daemon.setEconomy(on);
    set(store, 'products', product, { price: 900 });
    const waiting = () => store.read.all<{ table_name: string }>('SELECT table_name FROM _change_log WHERE state < 4');
    const sale = insertSale(store, insert(store, 'products', {}));
    // rounds come by other ways than local commits too
    daemon.wake('network');
    await vi.waitFor(async () => {
      const there = await cloud.sql('select 1 from public.transactions where id = $1', [sale]);
      expect(there).toHaveLength(1);
    }, 10_000);
    const other = insertSale(store, product);
    set(store, 'products', product, { price: 950 });
    daemon.wake('network');
    await vi.waitFor(async () => {
      const there = await cloud.sql('select 1 from public.transactions where id = $1', [other]);
      expect(there).toHaveLength(1);
      expect(waiting()).toEqual([{ table_name: 'products' }]);
    }, 10_000);
    daemon.wake('operator');
    await vi.waitFor(() => expect(waiting()).toEqual([]), 10_000);
    set(store, 'products', product, { price: 960 });
    daemon.setEconomy(off);
    await vi.waitFor(() => expect(waiting()).toEqual([]), 10_000);
  });

  it('an operator who lets all travel means what waits then, not what comes after', async () => {
    const [pc] = await shop.open(1, { intervalMs: 60_000 });
    if (!pc) throw new Error('no PC');
    const { store } = pc;
    const product = insert(store, 'products', {});
    await pc.settle();
    pc.daemon.setEconomy(on);
    await pc.restart();
    set(store, 'products', product, { price: 900 });
    const runs = () =>
      store.read.all<{ outcome: string }>(`SELECT outcome FROM _sync_runs WHERE outcome = 'ok'`).length;
    const waiting = () => store.read.all('SELECT table_name FROM _change_log WHERE state < 4').length;
    const newest = () => store.read.get<{ id: number }>('SELECT max(id) AS id FROM _sync_runs')?.id ?? 0;
    // the one at hand, if there is one, and the next one are the operator's
    const asked = newest();
    let before = 0;
    const stopLooking = store.onChange(({ tables }) => {
      if (!tables.includes('_runs') || newest() <= asked || waiting() > 0 || before > 0) return;
      if (store.read.get(`SELECT 1 FROM _sync_runs WHERE id = ? AND outcome = 'ok'`, newest()) === undefined) return;
      // the operator's round has just ended
      before = runs();
      set(store, 'products', product, { price: 950 });
      pc.daemon.wake('network');
    });
    pc.daemon.wake('operator');
    await vi.waitFor(() => {
      expect(before).toBeGreaterThan(0);
      expect(runs()).toBeGreaterThan(before);
    }, 10_000);
    stopLooking();
    expect(waiting()).toBe(1);
  });

  it('is what the operating system says, unless somebody chose', async () => {
    const [pc] = await shop.open(1);
    if (!pc) throw new Error('no PC');
    expect(pc.daemon.economy()).toMatchObject({ mode: 'auto', metered: false });
    pc.daemon.tellNetwork(true);
    expect(pc.daemon.economy().metered).toBe(true);
    pc.daemon.setEconomy(off);
    expect(pc.daemon.economy().metered).toBe(false);
    pc.daemon.setEconomy(on);
    pc.daemon.tellNetwork(false);
    await pc.restart();
    expect(pc.daemon.economy()).toMatchObject({ mode: 'on', metered: true });
  });
});

describe('asking the cloud', () => {
  it('slows down while the channels are open, and is back at its rhythm when they are not', async () => {
    const [pc] = await shop.open(1, { intervalMs: 1000 });
    if (!pc) throw new Error('no PC');
    const wait = () => (pc.daemon.status().nextAttemptAt ?? 0) - pc.store.now();
    await vi.waitFor(() => expect(wait()).toBeGreaterThan(1500), 20_000);
    await cloud.setOffline(true);
    await vi.waitFor(() => expect(wait()).toBeLessThan(1001), 10_000);
    await cloud.setOffline(false);
  });
});
