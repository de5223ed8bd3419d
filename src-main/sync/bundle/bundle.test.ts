import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import type { TestPc } from '../testing/pc.ts';
import { insert, insertSale, row, set } from '../testing/rows.ts';
import { createTestShop } from '../testing/shop.ts';
import {
  bundlesOf,
  deviceOf,
  exported,
  imported,
  lettersOf,
  newStick,
  outboxOf,
  sell,
  soldInCloud,
  waiting,
  type Stick,
} from './testing/sticks.ts';

let cloud: TestCloud;
let stick: Stick;
const { open, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
  stick = newStick();
});
afterEach(close);
afterAll(async () => {
  stick.lose();
  await cloud.stop();
});

type Scene = { readonly shop: TestPc; readonly carrier: TestPc; readonly product: string; readonly level: string };

/** A PC in a shop without a network, and one with. Both know a product with 1000 pieces in stock. */
async function scene(options: { batchSize?: number } = {}): Promise<Scene> {
  const [shop, carrier] = (await open(2, options)) as [TestPc, TestPc];
  const product = insert(shop.store, 'products', {});
  const level = insert(shop.store, 'stock_levels', { product_id: product, qty: 1000 });
  await allSettle();
  await cloud.setOffline(true);
  return { shop, carrier, product, level };
}

/** Lets the PC try, and fail, so that batches are written down which the cloud may or may not have. */
async function triesInVain(pc: TestPc): Promise<void> {
  pc.daemon.wake('operator');
  await expect.poll(() => pc.daemon.status().failure?.code).toBe('offline');
  await expect.poll(() => outboxOf(pc)).toBeGreaterThan(0);
}

/** The network is back, but not for the shop. */
async function carrierOnline({ shop }: Scene): Promise<void> {
  shop.daemon.pause(null, 'no network');
  // what it was just trying has failed
  await shop.daemon.alone(() => undefined);
  await cloud.setOffline(false);
}

describe('a bundle', () => {
  it('brings 300 sales to the cloud, exactly once although the shop sends them too when its network is back', async () => {
    const all = await scene({ batchSize: 100 });
    const { shop, carrier, product, level } = all;
    sell(shop, product, level, 300);
    await triesInVain(shop);
    const file = await exported(shop, stick.path(), 100);
    expect(file).toMatchObject({ operations: 900, left: 0, bytes: stick.read().length });
    // compressed: 900 changes are far more than this as text
    expect(file.bytes).toBeLessThan(100_000);
    expect(waiting(shop)).toBe(900);
    await carrierOnline(all);
    expect(await bundlesOf(carrier, cloud)['bundle.inspect']({ path: stick.path() })).toMatchObject({
      ok: true,
      value: { kind: 'bundle', deviceName: 'Counter 1', own: false, operations: 900, importedBefore: false },
    });
    expect(await imported(carrier, cloud, stick.path())).toMatchObject({
      kind: 'bundle',
      batches: file.batches,
      operations: 900,
      known: 0,
      refused: 0,
    });
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 300, lines: 300, stock: 700 });
    // in the name of the shop's PC, whoever carried it
    expect(
      await cloud.sql(
        `select distinct s.device_id from sync.row_state s join transaction_items i on i.id = s.row_id where i.product_id = $1`,
        [product],
      ),
    ).toEqual([{ device_id: deviceOf(shop) }]);
    // sold after the export
    sell(shop, product, level, 5);
    shop.daemon.resume();
    await shop.settle();
    expect(waiting(shop)).toBe(0);
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 305, lines: 305, stock: 695 });
    await allSettle();
    expect(row(carrier.store, 'stock_levels', level)?.qty).toBe(695);
    await expectEqual();
    expect(await bundlesOf(shop, null)['bundle.list']({ limit: 50 })).toMatchObject({
      ok: true,
      value: { items: [{ kind: 'export', outcome: 'done', operations: 900, confirmed: true }] },
    });
    expect(await bundlesOf(carrier, null)['bundle.list']({ limit: 50 })).toMatchObject({
      ok: true,
      value: {
        items: [{ kind: 'import', outcome: 'done', operations: 900, deviceName: 'Counter 1', confirmed: null }],
      },
    });
  });

  it('has its effect once, however often and by whomever it is imported', async () => {
    const all = await scene();
    const { shop, carrier, product, level } = all;
    sell(shop, product, level, 3);
    const file = await exported(shop, stick.path());
    await carrierOnline(all);
    await imported(carrier, cloud, stick.path());
    expect(await imported(carrier, cloud, stick.path())).toMatchObject({ operations: 0, known: file.operations });
    expect(await imported(shop, cloud, stick.path())).toMatchObject({ operations: 0, known: file.operations });
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 3, lines: 3, stock: 997 });
    shop.daemon.resume();
    await shop.settle();
    // after the shop's own network
    expect(await imported(carrier, cloud, stick.path())).toMatchObject({ operations: 0, known: file.operations });
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 3, lines: 3, stock: 997 });
    await allSettle();
    await expectEqual();
  });

  it('may come while the shop sends the same', async () => {
    const all = await scene({ batchSize: 10 });
    const { shop, carrier, product, level } = all;
    sell(shop, product, level, 100);
    await triesInVain(shop);
    await exported(shop, stick.path(), 10);
    await cloud.setOffline(false);
    shop.daemon.wake('operator');
    await Promise.all([imported(carrier, cloud, stick.path()), shop.settle(20)]);
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 100, lines: 100, stock: 900 });
    expect(waiting(shop)).toBe(0);
    await allSettle();
    await expectEqual();
  });

  it('counts once also when the last answer of the network was lost', async () => {
    const all = await scene();
    const { shop, carrier, product, level } = all;
    await cloud.setOffline(false);
    const lost = cloud.faults.add({ match: { path: 'sync_push' }, do: 'drop-after' });
    sell(shop, product, level, 3);
    await expect.poll(() => lost.hits()).toBeGreaterThan(0);
    shop.daemon.pause(null, 'no network');
    lost.remove();
    const file = await exported(shop, stick.path());
    const brought = await imported(carrier, cloud, stick.path());
    expect(brought.known).toBeGreaterThan(0);
    expect(brought.known + brought.operations).toBe(file.operations);
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 3, lines: 3, stock: 997 });
    shop.daemon.resume();
    await allSettle();
    await expectEqual();
  });

  it('follows on another one in any order', async () => {
    const all = await scene();
    const { shop, carrier, product, level } = all;
    sell(shop, product, level, 2);
    const first = await exported(shop, stick.path('1.pulserbundle'));
    sell(shop, product, level, 3);
    const second = await exported(shop, stick.path('2.pulserbundle'));
    expect(second.operations).toBeGreaterThan(first.operations);
    await carrierOnline(all);
    expect(await imported(carrier, cloud, stick.path('2.pulserbundle'))).toMatchObject({
      operations: second.operations,
      known: 0,
    });
    expect(await imported(carrier, cloud, stick.path('1.pulserbundle'))).toMatchObject({
      operations: 0,
      known: first.operations,
    });
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 5, lines: 5, stock: 995 });
    shop.daemon.resume();
    await allSettle();
    await expectEqual();
  });

  it('of many pieces goes on where the network broke off', async () => {
    const all = await scene();
    const { shop, carrier, product, level } = all;
    // names that cannot be compressed make pieces of some megabytes
    for (let i = 0; i < 30; i += 1) insert(shop.store, 'customers', { note: noise(100_000) });
    sell(shop, product, level, 2);
    const file = await exported(shop, stick.path());
    await carrierOnline(all);
    const broken = cloud.faults.add({ match: { path: 'functions/v1/bundle' }, skip: 1, do: 'drop-before' });
    expect(await bundlesOf(carrier, cloud)['bundle.import']({ path: stick.path() })).toMatchObject({
      ok: false,
      error: { code: 'offline' },
    });
    broken.remove();
    const [half] = await cloud.sql<{ n: number }>(
      'select count(*)::int as n from customers c join sync.devices d on d.store_id = c.store_id where d.id = $1',
      [deviceOf(shop)],
    );
    expect(half?.n).toBeGreaterThan(0);
    expect(half?.n).toBeLessThan(30);
    const rest = await imported(carrier, cloud, stick.path());
    expect(rest.known).toBeGreaterThan(0);
    expect(rest.operations).toBeGreaterThan(0);
    expect(rest.known + rest.operations).toBe(file.operations);
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 2, lines: 2, stock: 998 });
    const list = await bundlesOf(carrier, null)['bundle.list']({ limit: 50 });
    expect(list).toMatchObject({ ok: true, value: { items: [{ outcome: 'done' }, { outcome: 'partly' }] } });
    shop.daemon.resume();
    await allSettle();
    await expectEqual();
  });
});

describe('what the cloud refuses in a bundle', () => {
  /** A sale of a product that is nowhere, between two good ones; something that touches it, too. */
  async function withBadSale(tried: boolean): Promise<Scene & { bad: string; good: string }> {
    const all = await scene();
    const { shop, product } = all;
    if (!tried) shop.daemon.pause(null, 'nothing is tried');
    if (!tried) await shop.daemon.alone(() => undefined);
    insertSale(shop.store, product);
    const bad = insertSale(shop.store, shop.store.newId());
    const good = insertSale(shop.store, product);
    if (tried) await triesInVain(shop);
    expect(outboxOf(shop) > 0).toBe(tried);
    return { ...all, bad, good };
  }
  const inCloud = async (id: string): Promise<number> =>
    (await cloud.sql('select 1 from transactions where id = $1', [id])).length;

  it.each([['that was cut for it'], ['that the network had been tried with']])(
    'waits for a person once the shop has its network, in a batch %s',
    async (how) => {
      const all = await withBadSale(how.includes('network'));
      const { shop, carrier, product, bad, good } = all;
      const device = deviceOf(shop);
      await exported(shop, stick.path());
      set(shop.store, 'transactions', bad, { total: 7 });
      await carrierOnline(all);
      expect(await imported(carrier, cloud, stick.path())).toMatchObject({ refused: 1, held: 0 });
      expect(await soldInCloud(cloud, product)).toMatchObject({ sales: 2 });
      expect([await inCloud(bad), await inCloud(good)]).toEqual([0, 1]);
      shop.daemon.resume();
      await shop.settle();
      expect(lettersOf(shop)).toEqual(['23503', 'held']);
      // it is still the same PC: the cloud was told nothing else under the same number
      expect(deviceOf(shop)).toBe(device);
      expect(await soldInCloud(cloud, product)).toMatchObject({ sales: 2 });
    },
  );

  it.each([['that was cut for it'], ['that the network had been tried with']])(
    'waits for a person once the answer is back, in a batch %s',
    async (how) => {
      const all = await withBadSale(how.includes('network'));
      const { shop, carrier, product, bad } = all;
      const file = await exported(shop, stick.path());
      await carrierOnline(all);
      const { answerPath } = await imported(carrier, cloud, stick.path());
      expect(answerPath).toBe(stick.path('shop.pulseranswer'));
      expect(await bundlesOf(shop, null)['bundle.inspect']({ path: answerPath ?? '' })).toMatchObject({
        ok: true,
        value: { kind: 'answer', own: true, operations: file.operations, importedBefore: false },
      });
      expect(await imported(shop, null, answerPath ?? '')).toMatchObject({ kind: 'answer', refused: 1, known: 0 });
      expect(lettersOf(shop)).toEqual(['23503']);
      expect(outboxOf(shop)).toBe(0);
      expect(shop.store.read.all('SELECT DISTINCT txn FROM _change_log WHERE state < 4')).toHaveLength(1);
      // what is done to it later waits with it
      set(shop.store, 'transactions', bad, { total: 7 });
      shop.daemon.resume();
      await shop.settle();
      expect(lettersOf(shop)).toEqual(['23503', 'held']);
      expect(await soldInCloud(cloud, product)).toMatchObject({ sales: 2 });
    },
  );
});

describe('more than one bundle can carry', () => {
  it('follows in the next one, once the answer to the first is there', async () => {
    const all = await scene();
    const { shop, carrier } = all;
    const rest = 28;
    for (let i = 0; i < rest; i += 1) insert(shop.store, 'customers', {});
    const waits = waiting(shop);
    const first = await exported(shop, stick.path(), 1);
    expect(first.batches).toBe(25);
    expect(first.operations + first.left).toBe(waits);
    await carrierOnline(all);
    await imported(carrier, cloud, stick.path());
    // however often: each of its batches is still remembered
    expect(await imported(carrier, cloud, stick.path())).toMatchObject({ operations: 0, known: first.operations });
    await imported(shop, null, stick.path('shop.pulseranswer'));
    expect(waiting(shop)).toBe(first.left);
    expect(await exported(shop, stick.path(), 1)).toMatchObject({ operations: first.left, left: 0 });
    await imported(carrier, cloud, stick.path());
    const store = await cloud.sql<{ n: number }>(
      'select count(*)::int as n from customers c join sync.devices d on d.store_id = c.store_id where d.id = $1',
      [deviceOf(shop)],
    );
    expect(store).toEqual([{ n: rest }]);
  });
});

describe('an answer', () => {
  it('empties the queue without a network, and what follows goes on from there', async () => {
    const all = await scene({ batchSize: 20 });
    const { shop, carrier, product, level } = all;
    // somebody else changes what the shop changes, too
    const customer = insert(shop.store, 'customers', { phone: '1' });
    sell(shop, product, level, 50);
    await triesInVain(shop);
    const first = await exported(shop, stick.path(), 20);
    sell(shop, product, level, 1);
    await carrierOnline(all);
    await cloud.sql('update stock_levels set qty = qty + 100 where id = $1', [level]);
    await imported(carrier, cloud, stick.path());
    expect(await imported(shop, null, stick.path('shop.pulseranswer'))).toMatchObject({
      operations: first.operations,
      known: 0,
    });
    expect(waiting(shop)).toBe(3);
    // merged rows came with the answer
    expect(row(shop.store, 'stock_levels', level)?.qty).toBe(1049);
    // once more changes nothing
    expect(await imported(shop, null, stick.path('shop.pulseranswer'))).toMatchObject({
      operations: 0,
      known: first.operations,
    });
    set(shop.store, 'customers', customer, { note: 'later' });
    const second = await exported(shop, stick.path(), 20);
    expect(second).toMatchObject({ operations: 4 });
    expect(await imported(carrier, cloud, stick.path())).toMatchObject({ operations: 4, known: 0, refused: 0 });
    await imported(shop, null, stick.path('shop.pulseranswer'));
    expect(waiting(shop)).toBe(0);
    expect(await bundlesOf(shop, null)['bundle.export']({ path: stick.path('3') })).toMatchObject({
      ok: false,
      error: { code: 'bundle-empty' },
    });
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 51, lines: 51, stock: 1049 });
    shop.daemon.resume();
    await allSettle();
    expect(await cloud.sql('select note from customers where id = $1', [customer])).toEqual([{ note: 'later' }]);
    await expectEqual();
  });

  it('finds what the network has answered meanwhile, and leaves it', async () => {
    const all = await scene();
    const { shop, carrier, product, level } = all;
    sell(shop, product, level, 2);
    const file = await exported(shop, stick.path());
    await carrierOnline(all);
    await imported(carrier, cloud, stick.path());
    shop.daemon.resume();
    await shop.settle();
    expect(await imported(shop, null, stick.path('shop.pulseranswer'))).toMatchObject({
      operations: 0,
      known: file.operations,
    });
    await allSettle();
    await expectEqual();
  });
});

/** Text that cannot be compressed, of so many letters. */
function noise(letters: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(letters / 2, 65_536))))
    .toString('hex')
    .slice(0, letters);
}
