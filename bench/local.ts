import { join } from 'node:path';
import { createDb } from '#main/store/sql-db.ts';
import { openDatabase } from '#main/store/open-database.ts';
import type { Store } from '#main/store/types.ts';
import { testStore } from '#main/store/testing.ts';
import { listProducts } from '#main/shop/products.ts';
import { listSales } from '#main/shop/sales-list.ts';
import { interleaved, round, timed, times, type Times } from './measure.ts';
import { itemColumns, saleRows, writeProducts, writeSale } from './sales.ts';

export type LocalReport = {
  rowsPresent: number;
  writeWithCapture: Times;
  writeWithoutCapture: Times;
  /** Median with capture divided by median without: goal at most 2. */
  captureRatio: number;
  saleOfThreeLines: Times;
  pointRead: Times;
  filteredProducts: Times;
  lastSales: Times;
};

const identity = {
  deviceId: '018f0000-0000-7000-8000-000000000001',
  deviceName: 'Bench',
  storeId: '018f0000-0000-7000-8000-000000000002',
  storeName: 'Bench',
  counter: 1,
};

/** Measures the store alone: encrypted, write-ahead log, full durability, 100,000 rows present. */
export function measureLocal(): LocalReport {
  const { store, folder, cleanup } = testStore({ identity });
  try {
    const products = writeProducts(store, 500);
    const sales = fill(store, products);
    const plain = withoutCapture(join(folder, 'plain.db'), store);
    const [withCapture, without] = interleaved(
      20,
      100,
      (i) =>
        insertItem((sql, ...values) => store.transaction('bench', (db) => db.run(sql, ...values)), store, products, i),
      (i) => insertItem(plain.insert, store, products, i),
    );
    plain.close();
    const read = (work: () => unknown) => times(Array.from({ length: 2000 }, () => timed(work)));
    let next = 0;
    return {
      rowsPresent:
        store.read.get<{ n: number }>(
          'SELECT (SELECT count(*) FROM transactions) + (SELECT count(*) FROM transaction_items) AS n',
        )?.n ?? 0,
      writeWithCapture: times(withCapture),
      writeWithoutCapture: times(without),
      captureRatio: round(times(withCapture).p50Ms / times(without).p50Ms),
      saleOfThreeLines: times(
        Array.from({ length: 1000 }, (_, i) =>
          timed(() => store.transaction('bench', (db) => writeSale(db, saleRows(store, products, 7 * i + 2)))),
        ),
      ),
      pointRead: read(() =>
        store.read.get('SELECT * FROM transactions WHERE id = ?', sales[(next += 7919) % sales.length] ?? ''),
      ),
      filteredProducts: read(() => listProducts(store.read, { search: 'product 4', limit: 50 })),
      lastSales: read(() => listSales(store.read, { limit: 50 })),
    };
  } finally {
    cleanup();
  }
}

function fill(store: Store, products: readonly string[]): string[] {
  const ids: string[] = [];
  for (let i = 0; i < 20_000; i += 200) {
    const rows = Array.from({ length: 200 }, (_, k) => saleRows(store, products, i + k));
    store.transactions(
      'bench',
      rows.map((row) => (db) => writeSale(db, row)),
    );
    ids.push(...rows.map(({ sale }) => String(sale[0])));
  }
  // as after a long day online: nothing waits any more
  store.apply(null, (db) => db.run('UPDATE _change_log SET state = 4 WHERE state < 4'));
  return ids;
}

type Run = (sql: string, ...values: Parameters<ReturnType<typeof createDb>['run']>[1][]) => unknown;

/** The same table with the same rows in an equal file, without triggers. */
function withoutCapture(file: string, store: Store): { insert: Run; close: () => void } {
  const opened = openDatabase({ file, key: new Uint8Array(32).fill(9) });
  if (!opened.ok) throw new Error(opened.error.message);
  const raw = opened.value;
  for (const { sql } of store.read.all<{ sql: string }>(
    `SELECT sql FROM sqlite_master WHERE tbl_name = 'transaction_items' AND sql IS NOT NULL AND type <> 'trigger'`,
  ))
    raw.exec(sql);
  const db = createDb(raw);
  raw.exec('BEGIN');
  for (const row of store.read.all<Record<string, string | number | null>>('SELECT * FROM transaction_items')) {
    db.run(
      `INSERT INTO transaction_items (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
        .map(() => '?')
        .join(', ')})`,
      ...Object.values(row),
    );
  }
  raw.exec('COMMIT');
  return {
    insert: (sql, ...values) => {
      raw.exec('BEGIN IMMEDIATE');
      db.run(sql, ...values);
      raw.exec('COMMIT');
    },
    close: () => raw.close(),
  };
}

function insertItem(run: Run, store: Store, products: readonly string[], index: number): void {
  const [item] = saleRows(store, products, index).items;
  run(`INSERT INTO transaction_items (${itemColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, ...(item ?? []));
}
