import { createRandom } from '#main/shop/sample/random.ts';
import { dayMs } from '#main/shop/manila.ts';
import { writeIdentity } from '#main/store/identity.ts';
import { openStore } from '#main/store/open-store.ts';
import { localMigrations } from '#main/store/testing.ts';
import type { Identity, WritableDb } from '#main/store/types.ts';

/** A store of this size is what figures are measured on: item lines over a year, in baskets of the size that real ones have. */
export const lineCount = 1_000_000;
const days = 365;
/** 58 % of sales have one line, 13 % two, 12 % three, 5 % four, 12 % five to ten: 2.3 on the average. */
const perDay = Math.ceil(lineCount / 2.32 / days);
const productCount = 500;

/** Writes a store file with a year of sales up to `until`, as if the cloud had brought them: nothing waits. Answers the ids of its products. */
export function writeMillionLines(file: string, key: Uint8Array, identity: Identity, until: number): string[] {
  let clock = until - days * dayMs;
  const opened = openStore({ file, key, migrations: localMigrations, now: () => clock });
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;
  const random = createRandom(1);
  const products = Array.from({ length: productCount }, () => store.newId());
  store.apply(null, (db) => {
    writeIdentity(db, identity);
    products.forEach((id, i) => writeProduct(db, id, i));
  });
  for (let day = days - 1; day >= 0; day -= 1) {
    store.apply(
      null,
      (db) => {
        for (let nth = 0; nth < perDay; nth += 1) {
          // from opening to closing, the last sale just now
          clock = until - day * dayMs - Math.floor(((perDay - 1 - nth) / perDay) * 15 * 3_600_000);
          writeSale(db, identity, () => store.newId(), clock, products, random);
        }
      },
      'lazy',
    );
  }
  store.close();
  return products;
}

function writeProduct(db: WritableDb, id: string, index: number): void {
  db.run(
    `INSERT INTO products (id, sku, name, category, unit, price, cost, active) VALUES (?, ?, ?, ?, 'pc', ?, 1000, 1)`,
    id,
    `SKU-${index}`,
    `Product ${index}`,
    `category ${index % 15}`,
    500 + index * 10,
  );
}

function writeSale(
  db: WritableDb,
  { storeId, deviceId }: Identity,
  newId: () => string,
  at: number,
  products: readonly string[],
  random: ReturnType<typeof createRandom>,
): void {
  const sale = newId();
  const choice = random.weighted([58, 13, 12, 5, 12]);
  const lines = choice < 4 ? choice + 1 : 5 + random.below(6);
  let total = 0;
  for (let line = 1; line <= lines; line += 1) {
    // the first products sell most
    const index = Math.floor(random.next() ** 2 * products.length);
    const price = 500 + index * 10;
    total += price;
    db.run(
      `INSERT INTO transaction_items (id, store_id, transaction_id, line_no, product_id, qty, unit, unit_price, line_total)
       VALUES (?, ?, ?, ?, ?, 1000, 'pc', ?, ?)`,
      newId(),
      storeId,
      sale,
      line,
      products[index] ?? '',
      price,
      price,
    );
  }
  db.run(
    `INSERT INTO transactions (id, store_id, device_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
     VALUES (?, ?, ?, ?, ?, ?, 'cash', 'unknown', 'unknown', 'unknown', 'none', ?)`,
    sale,
    storeId,
    deviceId,
    `1-${sale.slice(-6)}`,
    at,
    at,
    total,
  );
}
