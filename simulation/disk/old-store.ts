/**
 * A store as an earlier version left it: only the first migrations, with sales that were captured in the form of that time and not sent. The
 * statements here are those of that version and never follow the program.
 */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIdentity } from '#main/store/identity.ts';
import { migrate, readMigrations } from '#main/store/migrate.ts';
import { openDatabase } from '#main/store/open-database.ts';
import { stockLevelId } from '#main/shop/derived-id.ts';
import { createDb } from '#main/store/sql-db.ts';
import type { WritableDb } from '#main/store/types.ts';
import { v7 } from 'uuid';
import type { Random } from '../core/random.ts';
import type { Counter } from './traffic.ts';
import type { Whose } from './found.ts';
import { localMigrations } from './remains.ts';
import { keyOf, lookInto } from './store-file.ts';

/** Synced tables exist from here on. */
export const oldestShop = 2;

export type OldStore = {
  readonly folder: string;
  /** The data folder of a PC that was enrolled and has sent nothing; it is not changed. */
  readonly enrolled: string;
  readonly counter: Counter;
  readonly whose: Whose;
  readonly storeId: string;
  /** How many migrations had been applied. */
  readonly applied: number;
  readonly sales: number;
};

type Values = Record<string, string | number | null>;

/** Writes the old store into its folder, with the key and the identity of the enrolled PC. */
export async function writeOldStore(old: OldStore): Promise<void> {
  mkdirSync(old.folder, { recursive: true });
  cpSync(join(old.enrolled, 'store.key'), join(old.folder, 'store.key'));
  const kept = await lookInto(old.enrolled, ({ db }) =>
    db.all<{ key: string; value: string }>('SELECT key, value FROM _meta'),
  );
  const opened = openDatabase({ file: join(old.folder, 'store.db'), key: keyOf(old.folder) });
  if (!opened.ok) throw new Error(opened.error.code);
  const raw = opened.value;
  migrate(raw, readMigrations(localMigrations).slice(0, old.applied), Date.now());
  const db = createDb(raw);
  raw.exec('BEGIN');
  for (const { key, value } of kept) db.run('INSERT INTO _meta (key, value) VALUES (?, ?)', key, value);
  const log = createLog(db);
  const number = readIdentity(db)?.counter ?? 0;
  for (let i = 1; i <= old.sales; i += 1) {
    const receipt = `${number}-${String(i).padStart(6, '0')}`;
    log.transaction(() => writeSale(old, log.insert, log.addStock, receipt));
  }
  raw.exec('COMMIT');
  raw.pragma('wal_checkpoint(TRUNCATE)');
  raw.close();
}

type Insert = (table: string, id: string, values: Values) => void;

/** Writes rows together with what the triggers of that time would have captured. */
function createLog(db: WritableDb) {
  let seq = 0;
  let txn = 0;
  let hlc = Date.now() * 1000;
  const levels = new Map<string, number>();
  const capture = (table: string, id: string, op: 'I' | 'U', after: Values, before: Values | null): void => {
    seq += 1;
    db.run(
      `INSERT INTO _change_log (seq, txn, table_name, row_id, op, new_values, old_values, base_version, hlc, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 'operator', ?)`,
      seq,
      txn,
      table,
      id,
      op,
      JSON.stringify(after),
      before && JSON.stringify(before),
      hlc,
      Math.floor(hlc / 1000),
    );
  };
  const insert: Insert = (table, id, values) => {
    const names = Object.keys(values);
    db.run(
      `INSERT INTO ${table} (id, ${names.join(', ')}) VALUES (?${', ?'.repeat(names.length)})`,
      id,
      ...Object.values(values),
    );
    capture(table, id, 'I', values, null);
  };
  return {
    insert,
    addStock(storeId: string, productId: string, qty: number) {
      const id = stockLevelId(storeId, productId);
      const before = levels.get(id);
      levels.set(id, (before ?? 0) + qty);
      if (before === undefined) return insert('stock_levels', id, { store_id: storeId, product_id: productId, qty });
      db.run('UPDATE stock_levels SET qty = qty + ? WHERE id = ?', qty, id);
      capture('stock_levels', id, 'U', { qty: before + qty }, { qty: before });
    },
    transaction(work: () => void) {
      txn = seq + 1;
      hlc += 1;
      work();
      db.run('UPDATE _capture SET hlc = ? WHERE id = 1', hlc);
    },
  };
}

function writeSale(
  { counter, whose, storeId }: OldStore,
  insert: Insert,
  addStock: (storeId: string, productId: string, qty: number) => void,
  receipt: string,
): void {
  const { random, ledger, products } = counter;
  const lines = 1 + random.int(3);
  const serial = ledger.ask('sale', lines);
  const id = v7();
  const at = Date.now();
  const items = Array.from({ length: lines }, (_, line) => oldItem(random, products, line === 0 ? serial : 1000));
  insert('transactions', id, {
    store_id: storeId,
    device_id: whose.deviceId,
    number: receipt,
    started_at: at,
    ended_at: at,
    payment: 'cash',
    customer_id: null,
    customer_type: 'unknown',
    request_mode: 'unknown',
    request_type: 'unknown',
    suggestion: 'none',
    total: items.reduce((sum, item) => sum + item.line_total, 0),
    voided_at: null,
    void_reason: null,
  });
  items.forEach((item, index) =>
    insert('transaction_items', v7(), {
      store_id: storeId,
      transaction_id: id,
      line_no: index + 1,
      ...item,
      substituted_from: null,
      substitution_reason: null,
    }),
  );
  for (const { product_id, qty } of items) {
    const movement = { store_id: storeId, product_id, kind: 'sale', qty: -qty, transaction_id: id, at, note: null };
    insert('stock_movements', v7(), movement);
    addStock(storeId, product_id, -qty);
  }
  ledger.answered(serial, id);
}

function oldItem(random: Random, products: readonly string[], qty: number) {
  const price = 100 * (1 + random.int(50));
  return {
    product_id: random.pick(products),
    qty,
    unit: 'pc',
    unit_price: price,
    line_total: Math.round((qty * price) / 1000),
  };
}
