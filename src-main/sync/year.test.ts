/** A year of a store in steps of five days: all that keeps records must come to a size and stay there. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { statSync } from 'node:fs';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { removeOld } from './retention.ts';
import type { TestPc } from './testing/pc.ts';
import { insert, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await testCloud();
});
afterAll(() => cloud.stop());
const shop = createTestShop(() => cloud);
afterEach(() => shop.close());

const stepDays = 5;
const steps = 73;
const salesInStep = 50;
const dayMs = 86_400_000;
const steady = { yieldNow: () => Promise.resolve(), stopping: () => false };

/** What the upkeep of that many nights does, on both sides. */
async function sleep({ store }: TestPc): Promise<void> {
  const admin = await cloud.session();
  // without triggers: only the calendar moves
  await admin.sql('set session_replication_role = replica');
  for (const [table, column] of [
    ['sync.txns', 'at'],
    ['sync.receipts', 'at'],
    ['sync.accepted', 'at'],
    ['sync.tombstones', 'at'],
    ['sync.health', 'at'],
    ['public.transactions', 'started_at'],
    ['public.stock_movements', 'at'],
    ['public.conflicts', 'resolved_at'],
  ])
    await admin.sql(`update ${table} set ${column} = ${column} - interval '${stepDays} days'`);
  await admin.sql('reset session_replication_role');
  await admin.sql('call sync.prune()');
  await admin.end();
  store.apply(null, (db) => {
    const ms = stepDays * dayMs;
    db.run('UPDATE _change_log SET at = at - ?', ms);
    db.run('UPDATE transactions SET started_at = started_at - ?', ms);
    db.run('UPDATE stock_movements SET at = at - ?', ms);
    db.run(`UPDATE conflicts SET resolved_at = resolved_at - ? WHERE resolved_at IS NOT NULL`, ms);
  });
  for (let night = 0; night < stepDays; night += 1) await removeOld({ store, ...steady }, Date.now());
}

type Sizes = Record<string, number>;

async function sizes({ store, file }: TestPc): Promise<Sizes> {
  // what autovacuum does in its own time
  await cloud.adminSql('vacuum sync.changes');
  await cloud.adminSql('vacuum sync.txns');
  const [counts] = await cloud.sql<Record<string, string>>(`select
    (select count(*) from sync.changes) as feed_rows, (select count(*) from sync.txns) as feed_transactions,
    (select count(*) from sync.receipts) as receipts, (select count(*) from sync.accepted) as accepted,
    (select count(*) from sync.tombstones) as tombstones, (select count(*) from sync.row_state where deleted) as states_of_gone_rows,
    (select count(*) from public.conflicts) as conflicts, pg_total_relation_size('sync.changes') as feed_bytes`);
  const local = store.read.get<Sizes>(`SELECT (SELECT count(*) FROM _change_log) AS change_log,
    (SELECT count(*) FROM _row_state WHERE deleted > 0) AS local_tombstones, (SELECT count(*) FROM transactions) AS local_sales`);
  return {
    ...Object.fromEntries(Object.entries(counts ?? {}).map(([name, n]) => [name, Number(n)])),
    ...local,
    file_bytes: statSync(file).size,
    wal_bytes: statSync(`${file}-wal`).size,
  };
}

/** Fifty sales, a price, a customer who comes and one who goes. */
function live({ store }: TestPc, product: string, leaving: string[]): void {
  for (let i = 0; i < salesInStep; i += 1) {
    const transaction_id = insert(store, 'transactions', { started_at: store.now() });
    insert(store, 'transaction_items', { transaction_id, product_id: product });
  }
  set(store, 'products', product, { price: 500 + Math.floor(Math.random() * 1000) });
  leaving.push(insert(store, 'customers', { name: `Customer ${leaving.length}` }));
  const gone = leaving.shift();
  if (gone !== undefined && leaving.length > 0)
    store.transaction('clerk', (db) => db.run('DELETE FROM customers WHERE id = ?', gone));
}

describe('a year', () => {
  it(
    'leaves feed, receipts, tombstones, logs and files at the size they had after some months',
    { timeout: 600_000 },
    async () => {
      const [pc] = await shop.open(1, { intervalMs: 600_000 });
      if (!pc) throw new Error('no PC');
      // this PC keeps the sales of 90 days
      expect(await pc.daemon.chooseScopes([], { sales: 90 })).toMatchObject({ ok: true });
      const product = insert(pc.store, 'products', {});
      const leaving = [insert(pc.store, 'customers', {}), insert(pc.store, 'customers', {})];
      await pc.settle(60);
      const history: Sizes[] = [];
      for (let step = 0; step < steps; step += 1) {
        live(pc, product, leaving);
        await pc.settle(60);
        await sleep(pc);
        if (step % 12 === 11 || step === steps - 1) history.push({ day: (step + 1) * stepDays, ...(await sizes(pc)) });
      }
      const columns = Object.keys(history[0] ?? {});
      process.stdout.write(
        `${[columns, ...history.map((row) => columns.map((name) => String(row[name])))].map((row) => row.map((cell) => cell.padStart(12)).join(' ')).join('\n')}\n`,
      );
      const [halfYear, year] = [history[2], history.at(-1)];
      if (!halfYear || !year) throw new Error('no history');
      expect(halfYear['day']).toBe(180);
      expect(year['feed_rows']).toBeGreaterThan(0);
      const grown = columns.filter(
        (name) => !['day', 'wal_bytes'].includes(name) && (year[name] ?? 0) > Math.max(30, (halfYear[name] ?? 0) * 1.5),
      );
      expect(grown).toEqual([]);
      // the log of the store file is moved at 8,000 pages
      expect(year['wal_bytes']).toBeLessThan(50_000_000);
      await pc.settle(60);
      await shop.expectEqual();
    },
  );
});
