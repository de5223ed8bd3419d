import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { readXlsx } from 'hucre/xlsx';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordCredit } from '#main/shop/credit.ts';
import { createCustomer } from '#main/shop/customers.ts';
import { createProduct } from '#main/shop/products.ts';
import { recordSale } from '#main/shop/sales.ts';
import { here, value } from '#main/shop/testing.ts';
import { openScoutBench, type ScoutBench } from './testing/bench.ts';

let bench: ScoutBench;
beforeEach(() => {
  bench = openScoutBench(here);
});
afterEach(() => bench.end());

function product(name: string, price: number, sku = `S-${name}`): string {
  return value(createProduct(bench.store, { sku, name, category: 'x', unit: 'pc', price, cost: price })).id;
}
const count = (table: string) => bench.store.read.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n;
const minutes = 60_000;
const days = 24 * 60 * minutes;

describe('recording', () => {
  it('sells by name, with what was asked, under the name of the client', async () => {
    const [kape] = [product('Kape 3-in-1', 850), product('Gatas', 1700)];
    const sale = await bench.call<{ id: string; number: string }>('record_transaction', {
      items: [
        { product: 'kape', qty: 2 },
        { product: 'S-Gatas', qty: 0.5, instead_of: kape, reason: 'stockout' },
      ],
      request_mode: 'verbal',
      suggestion: 'accepted',
    });
    expect(sale).toEqual({ id: sale.id, number: '2-000001', total_centavos: 1700 + 850 });
    expect(bench.store.read.get('SELECT request_mode, suggestion, total FROM transactions')).toEqual({
      request_mode: 'verbal',
      suggestion: 'accepted',
      total: 2550,
    });
    expect(bench.store.read.get(`SELECT DISTINCT actor FROM _change_log WHERE table_name = 'transactions'`)).toEqual({
      actor: 'a test',
    });
  });

  it('asks back when a name may be several things, and says what it does not find', async () => {
    product('Kape Brown', 900);
    product('Kape White', 900);
    const sell = (name: string) => bench.failure('record_transaction', { items: [{ product: name, qty: 1 }] });
    expect(await sell('kape')).toBe('ambiguous');
    expect(await sell('tsaa')).toBe('not-found');
    expect(await sell('%')).toBe('not-found');
    expect(await sell('kape brown')).toBe('none');
    expect(
      await bench.failure('record_transaction', { items: [{ product: 'kape brown', qty: 1 }], payment: 'credit' }),
    ).toBe('bad-input');
    expect(count('transactions')).toBe(1);
  });

  it('sells once for one key', async () => {
    product('Kape', 900);
    const args = { items: [{ product: 'Kape', qty: 1 }], idempotency_key: 'k1' };
    expect(await bench.call('record_transaction', args)).toEqual(await bench.call('record_transaction', args));
    expect(count('transactions')).toBe(1);
  });

  it('voids after a person said yes, once, and nothing otherwise', async () => {
    product('Kape', 900);
    await bench.call('record_transaction', { items: [{ product: 'Kape', qty: 1 }] });
    const args = { sale: '2-000001', reason: 'wrong price' };
    expect(await bench.failure('void_transaction', args, { answers: false })).toBe('declined');
    expect(await bench.failure('void_transaction', args, { answers: null })).toBe('confirmation-needed');
    expect(bench.store.read.get('SELECT voided_at FROM transactions')).toEqual({ voided_at: null });
    expect(await bench.call('void_transaction', args)).toMatchObject({ number: '2-000001', total_centavos: 900 });
    expect(await bench.failure('void_transaction', args)).toBe('moved-on');
    expect(await bench.failure('void_transaction', { sale: '9-000001', reason: 'x' })).toBe('not-found');
  });

  it('says that the PC belongs to no store yet', async () => {
    const lonely = openScoutBench(null);
    try {
      for (const name of [
        'get_dashboard',
        'stock_status',
        'credit_ledger',
        'analyze_baskets',
        'export_data',
        'fetch_transcriptions',
      ]) {
        const args = name === 'export_data' ? { table: 'sales' } : {};
        expect([name, await lonely.failure(name, args)]).toEqual([name, 'not-enrolled']);
      }
    } finally {
      await lonely.end();
    }
  });
});

describe('the dashboard', () => {
  it('has the sale that was just rung up, and comes from the cache when nothing happened', async () => {
    const id = product('Kape', 900);
    const sales = async () => (await bench.call<{ sales: number }>('get_dashboard')).sales;
    expect(await sales()).toBe(0);
    expect(await sales()).toBe(0);
    expect(bench.deps.cache.counts).toMatchObject({ memory: 1, made: 1 });
    for (let sold = 1; sold <= 5; sold += 1) {
      value(recordSale(bench.store, { items: [{ productId: id, qty: 1000 }], payment: 'cash', customerId: null }));
      expect(await sales()).toBe(sold);
    }
    await bench.call('add_transcription', { text: 'nothing of the sales' });
    expect(await sales()).toBe(5);
    expect(bench.deps.cache.counts).toMatchObject({ memory: 2, made: 6 });
    // what the cloud brings counts as well
    bench.store.apply({ tables: ['transactions'], origin: 'cloud' }, (db) => db.run('DELETE FROM transactions'));
    expect(await sales()).toBe(0);
  });

  it('begins anew at midnight in Manila', async () => {
    product('Kape', 900);
    bench.clock = Date.parse('2026-06-30T23:59:00+08:00');
    await bench.call('record_transaction', { items: [{ product: 'Kape', qty: 1 }] });
    expect(await bench.call('get_dashboard')).toMatchObject({ sales: 1 });
    bench.clock += 2 * minutes;
    expect(await bench.call('get_dashboard')).toMatchObject({ sales: 0, previous: { sales: 0 } });
    bench.clock += 1000 * minutes;
    expect(await bench.call('get_dashboard')).toMatchObject({ sales: 0 });
  });

  it('of all stores is that of this PC, with its age, where the cloud cannot be asked', async () => {
    bench.store.apply({ tables: ['stores'], origin: 'cloud' }, (db) => {
      db.run(`INSERT INTO stores VALUES (?, 'A', 'Aling Nena', 'NCR', 'MM', 'Manila', 'Tondo')`, here.storeId);
      db.run(`INSERT INTO stores VALUES ('other', 'B', 'SECRET', 'NCR', 'MM', 'Manila', 'Tondo')`);
    });
    product('Kape', 900);
    await bench.call('record_transaction', { items: [{ product: 'Kape', qty: 1 }] });
    const answer = await bench.call('get_dashboard', { scope: 'all_stores' });
    expect(answer).toMatchObject({
      source: 'this_pc',
      last_sync: null,
      sales: 1,
      stores: [{ id: here.storeId, name: 'Aling Nena', revenue_centavos: 900 }],
    });
    expect(JSON.stringify(answer)).not.toContain('SECRET');
  });
});

describe('the credit ledger', () => {
  it('settles the oldest charge first, ages what is left, and grades', async () => {
    const start = Date.parse('2026-06-01T12:00:00+08:00');
    const add = (name: string) => value(createCustomer(bench.store, { name, phone: null })).id;
    const [rosa, ben, cora] = [add('Rosa'), add('Ben'), add('Cora')];
    const entry = (customerId: string, day: number, kind: 'charge' | 'payment', amount: number) => {
      bench.clock = start + day * days;
      value(recordCredit(bench.store, { customerId, kind, amount, note: null }));
    };
    // Rosa: 100 on day 0 and 50 on day 10; pays 120 on day 12
    entry(rosa, 0, 'charge', 10_000);
    entry(rosa, 10, 'charge', 5000);
    entry(rosa, 12, 'payment', 12_000);
    // Ben pays within two days, and too much
    entry(ben, 5, 'charge', 3000);
    entry(ben, 7, 'payment', 3500);
    // Cora owes since day 2
    entry(cora, 2, 'charge', 20_000);
    bench.clock = start + 20 * days;
    const answer = await bench.call('credit_ledger', { owing_only: false });
    expect(answer).toMatchObject({
      owed_centavos: 23_000,
      customers_who_owe: 2,
      total: 3,
      items: [
        {
          name: 'Cora',
          balance_centavos: 20_000,
          ageing_centavos: { upto_7: 0, upto_14: 0, upto_30: 20_000, over_30: 0 },
          oldest_days: 18,
          days_to_pay: null,
          late: 1,
          grade: 'D',
          suggested_limit_centavos: 30_000,
        },
        {
          name: 'Rosa',
          balance_centavos: 3000,
          ageing_centavos: { upto_7: 0, upto_14: 3000, upto_30: 0, over_30: 0 },
          oldest_days: 10,
          days_to_pay: 12,
          late: 2,
          grade: 'C',
          suggested_limit_centavos: 11_250,
        },
        {
          name: 'Ben',
          balance_centavos: -500,
          oldest_days: null,
          days_to_pay: 2,
          late: 0,
          grade: 'A',
          suggested_limit_centavos: 9000,
        },
      ],
    });
    expect(await bench.call('credit_ledger', { search: 'ros' })).toMatchObject({ total: 1 });
    expect(await bench.call('credit_ledger', { grade: 'D' })).toMatchObject({ total: 1, items: [{ name: 'Cora' }] });
  });

  it('pays the charge of a voided sale back, not the oldest one', async () => {
    product('Kape', 900);
    value(createCustomer(bench.store, { name: 'Rosa', phone: null }));
    const sell = () =>
      bench.call('record_transaction', { items: [{ product: 'Kape', qty: 1 }], payment: 'credit', customer: 'Rosa' });
    await sell();
    bench.clock += 10 * days;
    await sell();
    await bench.call('void_transaction', { sale: '2-000002', reason: 'wrong' });
    expect(await bench.call('credit_ledger')).toMatchObject({
      items: [{ balance_centavos: 900, oldest_days: 10, days_to_pay: 0, last_payment: null }],
    });
  });
});

describe('counter notes', () => {
  it('are found by words, brand, region and days, newest first, page by page', async () => {
    const day = Date.parse('2026-06-20T10:00:00+08:00');
    bench.store.apply({ tables: ['stores'], origin: 'cloud' }, (db) =>
      db.run(`INSERT INTO stores VALUES (?, 'A', 'Aling Nena', 'NCR', 'MM', 'Manila', 'Tondo')`, here.storeId),
    );
    const texts = [
      'Walang kape',
      'Mahal daw ang kapé',
      'Hinahanap ang gatas',
      'Reklamo: "sira" ang sabon -- DROP TABLE',
    ];
    for (const [i, text] of texts.entries()) {
      bench.clock = day + i * days;
      await bench.call('add_transcription', { text, ...(i === 1 ? { brand: 'Barako' } : {}) });
    }
    const find = async (args: object) =>
      (await bench.call<{ items: { text: string }[] }>('fetch_transcriptions', args)).items.map(({ text }) => text);
    expect(await find({})).toEqual(texts.toReversed());
    expect(await find({ words: 'kape' })).toEqual([texts[1], texts[0]]);
    expect(await find({ words: 'HINAHANAP gat' })).toEqual([texts[2]]);
    expect(await find({ words: '"sira" -- drop' })).toEqual([texts[3]]);
    expect(await find({ words: 'NOT OR AND *' })).toEqual([]);
    expect(await find({ words: '***' })).toEqual([]);
    expect(await find({ brand: 'barako' })).toEqual([texts[1]]);
    expect(await find({ region: 'NCR', from: '2026-06-21', to: '2026-06-22' })).toEqual([texts[2], texts[1]]);
    expect(await find({ region: 'Visayas' })).toEqual([]);
    const first = await bench.call<{ items: { text: string }[]; next_cursor: string; total: number }>(
      'fetch_transcriptions',
      { limit: 3 },
    );
    expect([first.items.length, first.total]).toEqual([3, 4]);
    expect(await find({ limit: 3, cursor: first.next_cursor })).toEqual([texts[0]]);
    expect(await bench.failure('fetch_transcriptions', { store: 'other' })).toBe('not-granted');
    expect(await bench.failure('fetch_transcriptions', { from: '2026-02-30' })).toBe('bad-input');
    expect(await bench.failure('fetch_transcriptions', { from: '2026-06-30', to: '2026-06-01' })).toBe('bad-input');
  });
});

describe('exporting', () => {
  async function sellOdd() {
    product('=HYPERLINK("evil"), Kape', 900, 'K');
    product('Gatas\u0001 1 L', 17_050, 'G');
    await bench.call('record_transaction', { items: [{ product: 'K', qty: 1 }] });
    bench.clock += 1000;
    await bench.call('record_transaction', { items: [{ product: 'G', qty: 0.5 }] });
  }

  it('writes CSV that a spreadsheet reads and does not run', async () => {
    await sellOdd();
    const answer = await bench.call<{ path: string; rows: number; bytes: number }>('export_data', {
      table: 'sale_lines',
    });
    expect(answer).toMatchObject({ path: join(bench.exportDir, 'sale_lines-2026-06-03-2026-06-30.csv'), rows: 2 });
    const text = readFileSync(answer.path, 'utf8');
    expect(Buffer.byteLength(text)).toBe(answer.bytes);
    const rows = parse(text, { bom: true, columns: true }) as Record<string, string>[];
    expect(rows).toMatchObject([
      { product: `'=HYPERLINK("evil"), Kape`, quantity: '1.000', total: '9.00', time: '2026-06-30 16:30:00' },
      { product: 'Gatas\u0001 1 L', quantity: '0.500', total: '85.25' },
    ]);
  });

  it('writes a workbook with numbers and dates', async () => {
    await sellOdd();
    const { path } = await bench.call<{ path: string }>('export_data', { table: 'sale_lines', format: 'xlsx' });
    const [sheet] = (await readXlsx(readFileSync(path))).sheets;
    const [head, first, second] = sheet?.rows ?? [];
    expect(head?.slice(0, 3)).toEqual(['number', 'time', 'line']);
    expect(first?.slice(3, 9)).toEqual(['K', '=HYPERLINK("evil"), Kape', 1, 'pc', 9, 9]);
    expect(second?.slice(3, 9)).toEqual(['G', 'Gatas 1 L', 0.5, 'pc', 170.5, 85.25]);
    expect(first?.[1]).toEqual(new Date('2026-06-30T16:30:00Z'));
  });

  it('has every table, replaces no file, and leaves nothing of what failed', async () => {
    await sellOdd();
    for (const table of ['sales', 'sale_lines', 'products', 'customers', 'credit', 'stock', 'notes']) {
      for (const format of ['csv', 'xlsx']) expect(await bench.failure('export_data', { table, format })).toBe('none');
    }
    writeFileSync(join(bench.exportDir, 'sales-2026-06-30-2026-06-30.csv'), 'mine');
    const again = await bench.call<{ path: string }>('export_data', { table: 'sales', days: 1 });
    expect(again.path).toContain('sales-2026-06-30-2026-06-30 (2).csv');
    expect(readFileSync(join(bench.exportDir, 'sales-2026-06-30-2026-06-30.csv'), 'utf8')).toBe('mine');
    expect(readdirSync(bench.exportDir).filter((name) => name.endsWith('.part'))).toEqual([]);
    const nowhere = openScoutBench(here, { exportFolder: () => join(again.path, 'below a file') });
    try {
      expect(await nowhere.failure('export_data', { table: 'sales' })).toBe('file-unwritable');
    } finally {
      await nowhere.end();
    }
  });

  it('stops when nobody wants it any more, and leaves nothing', async () => {
    await sellOdd();
    const stop = new AbortController();
    stop.abort();
    expect(await bench.failure('export_data', { table: 'sales' }, { context: { signal: stop.signal } })).toBe(
      'cancelled',
    );
    expect(readdirSync(bench.exportDir)).toEqual([]);
  });
});

it('says how it is with the cloud, and describes itself', async () => {
  expect(await bench.call('sync_status')).toMatchObject({ state: 'synced', waiting: 0, last_success: null });
  const answer = await bench.call<{ tools: { name: string }[] }>('describe');
  expect(answer).toMatchObject({ service: 'scout', state: 'ok' });
  expect(answer.tools.map(({ name }) => name)).toEqual([
    'get_dashboard',
    'analyze_trends',
    'analyze_baskets',
    'analyze_substitutions',
    'stock_status',
    'credit_ledger',
    'fetch_transcriptions',
    'sync_status',
    'record_transaction',
    'void_transaction',
    'add_transcription',
    'export_data',
    'describe',
  ]);
});
