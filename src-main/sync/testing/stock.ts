/** A shop's stock and its sales, counted in the cloud: what must come out exactly, whatever happened to disks and clouds. */
import { createProvision } from '#cloud/local/provision.ts';
import type { TestCloud } from '#cloud/local/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { readNotices } from '../notices.ts';
import { killedPc, type TestPc, type TestPcOptions } from './pc.ts';
import { insert, insertSale } from './rows.ts';
import type { TestShop } from './shop.ts';

export type Stock = {
  /** A shop with a product, a hundred of them, and a first PC whose daemon rests. */
  readonly stocked: (options?: TestPcOptions, count?: number) => Promise<[pc: TestPc, product: string, level: string]>;
  /** What the cloud counts of it. */
  readonly qty: (level: string) => Promise<number | undefined>;
  /** The product's sales in the cloud, in the order of their ids; one that came twice is there twice. */
  readonly salesOf: (product: string) => Promise<string[]>;
  /** The PC's disk as it is now, with a daemon that has not started. */
  readonly copyOf: (pc: TestPc, options?: TestPcOptions) => TestPc;
  /** A code for the store of a PC. */
  readonly codeFor: (pc: TestPc) => Promise<string>;
};

export function createStock(cloud: () => TestCloud, shop: Pick<TestShop, 'pcs' | 'open'>): Stock {
  return {
    async stocked(options = {}, count = 1) {
      const [pc] = (await shop.open(count, options)) as [TestPc];
      const product = insert(pc.store, 'products', {});
      const level = insert(pc.store, 'stock_levels', { product_id: product, qty: 100 });
      await pc.settle();
      pc.daemon.pause(null, 'test');
      return [pc, product, level];
    },
    async qty(level) {
      const [found] = await cloud().sql<{ qty: number }>('select qty::int from stock_levels where id = $1', [level]);
      return found?.qty;
    },
    async salesOf(product) {
      const rows = await cloud().sql<{ id: string }>(
        'select transaction_id as id from transaction_items where product_id = $1',
        [product],
      );
      return rows.map(({ id }) => id).toSorted();
    },
    copyOf(pc, options = {}) {
      const copy = killedPc(cloud(), pc, options);
      shop.pcs.push(copy);
      return copy;
    },
    codeFor(pc) {
      const provision = createProvision({ url: cloud().url, serviceRoleKey: cloud().serviceRoleKey });
      return provision.createEnrolmentCode(readIdentity(pc.store.read)?.storeId ?? '');
    },
  };
}

/** Sells one: the stock and the sale are two local transactions, so that each is checked on its own. */
export function sell({ store }: TestPc, product: string, level: string): string {
  store.transaction('clerk', (db) => db.run('UPDATE stock_levels SET qty = qty - 1 WHERE id = ?', level));
  return insertSale(store, product);
}

/** Starts the daemon of a disk that was copied while it rested. */
export async function startAgain(pc: TestPc): Promise<void> {
  await pc.restart();
  pc.daemon.resume();
}

export const deviceOf = (pc: TestPc): string | undefined => readIdentity(pc.store.read)?.deviceId;
export const noticesOf = (pc: TestPc): string[] => readNotices(pc.store.read, Date.now());
export const lettersOf = (pc: TestPc): { code: string }[] =>
  pc.store.read.all('SELECT code FROM _dead_letters ORDER BY txn');
