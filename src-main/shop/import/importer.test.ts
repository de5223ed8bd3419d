import { mkdirSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import { createProduct, updateProduct } from '../products.ts';
import { voidSale } from '../sales.ts';
import { here, value } from '../testing.ts';
import { createImportBench, type ImportBench } from './testing.ts';

let bench: ImportBench;
beforeEach(() => {
  bench = createImportBench();
});
afterEach(() => bench.end());
const sales = () =>
  bench.store.read.all<{ number: string; started_at: number; payment: string; total: number }>(
    'SELECT number, started_at, payment, total FROM transactions ORDER BY started_at, number',
  );
const lines = () =>
  bench.store.read.all<{ name: string; qty: number; unit_price: number; line_total: number }>(
    `SELECT p.name, i.qty, i.unit_price, i.line_total FROM transaction_items i JOIN products p ON p.id = i.product_id
     JOIN transactions t ON t.id = i.transaction_id ORDER BY t.started_at, t.number, i.line_no`,
  );

describe('baskets', () => {
  const text = 'whole milk,butter \n\nyogurt\nWhole  Milk,,soda\n';

  it('makes each line a sale, with the catalogue where it knows the name', async () => {
    const milk = { sku: 'M', name: 'Whole Milk', category: 'dairy', unit: 'bottle', price: 9500, cost: 8000 };
    value(createProduct(bench.store, milk));
    const progress = await bench.importFile(bench.file(text));
    expect(progress).toMatchObject({ state: 'done', sales: 3, lines: 5, skipped: 0, badCount: 0, error: null });
    expect(progress.bytesDone).toBe(progress.bytesTotal);
    expect(lines().map((line) => [line.name, line.line_total])).toEqual([
      ['Whole Milk', 9500],
      ['butter', 0],
      ['yogurt', 0],
      ['Whole Milk', 9500],
      ['soda', 0],
    ]);
    expect(sales().map((sale) => sale.total)).toEqual([9500, 0, 9500]);
    expect(bench.store.read.all(`SELECT name FROM products WHERE category = 'Imported' ORDER BY name`)).toEqual([
      { name: 'butter' },
      { name: 'soda' },
      { name: 'yogurt' },
    ]);
    expect([bench.count('stock_movements'), bench.count('stock_levels')]).toEqual([0, 0]);
  });

  it('takes quotes as they come and lists what is no name', async () => {
    const long = 'x'.repeat(200);
    const many = Array.from({ length: 10 }, () => 'soda\n').join('');
    const progress = await bench.importFile(
      bench.file(`"milk, whole",5" pipe\n${long},soda\nsoda,"say ""hi"""\n"open,soda\n${many}`),
    );
    expect(progress).toMatchObject({ sales: 13, lines: 16, badCount: 1 });
    expect(progress.bad[0]).toMatchObject({ line: 2, reason: 'a name is longer than 120 letters' });
    expect(
      lines()
        .slice(0, 6)
        .map((line) => line.name),
    ).toEqual(['milk, whole', '5" pipe', 'soda', 'say "hi"', '"open', 'soda']);
  });

  it('captures each sale with its lines as one local transaction by the import', async () => {
    await bench.importFile(bench.file(text));
    const groups = bench.store.read.all<{ n: number }>(
      `SELECT count(*) AS n FROM _change_log WHERE actor = 'import' AND txn IN
         (SELECT txn FROM _change_log WHERE table_name = 'transactions') GROUP BY txn ORDER BY txn`,
    );
    expect(groups.map((group) => group.n)).toEqual([3, 2, 3]);
  });

  it('imports nothing twice, whatever the name of the file and after a void', async () => {
    await bench.importFile(bench.file(text));
    const first = bench.store.read.all('SELECT id FROM transactions ORDER BY id');
    value(voidSale(bench.store, { id: (first[0] as { id: string }).id, reason: 'x' }));
    const again = bench.file(text, 'copy.csv');
    utimesSync(again, 1, 1);
    expect(value(await bench.importer.inspect({ path: again })).importedBefore).toBe(true);
    expect(await bench.importFile(again)).toMatchObject({ state: 'done', sales: 0, lines: 0, skipped: 3 });
    expect(bench.store.read.all('SELECT id FROM transactions ORDER BY id')).toEqual(first);
  });

  it('does not bring back what was deleted', async () => {
    await bench.importFile(bench.file(text));
    const [sale] = bench.store.read.all<{ id: string }>('SELECT id FROM transactions ORDER BY id');
    bench.store.apply(null, (db) => {
      db.run('DELETE FROM transactions WHERE id = ?', sale?.id ?? '');
      db.run(
        `INSERT INTO _row_state (table_name, row_id, version, deleted) VALUES ('transactions', ?, 2, 1)`,
        sale?.id ?? '',
      );
    });
    expect(await bench.importFile(bench.file(text))).toMatchObject({ sales: 0, skipped: 3 });
  });

  it('gives the same ids on another PC of the shop', async () => {
    await bench.importFile(bench.file(text));
    const mine = bench.store.read.all('SELECT id FROM transaction_items UNION SELECT id FROM products ORDER BY id');
    const other = testStore({ identity: { ...here, deviceId: 'other', counter: 3 } });
    const second = bench.makeImporter(other.store);
    value(await second.start({ path: bench.file(text) }));
    await vi.waitFor(() => expect(second.progress()?.state).toBe('done'));
    expect(other.store.read.all('SELECT id FROM transaction_items UNION SELECT id FROM products ORDER BY id')).toEqual(
      mine,
    );
    other.cleanup();
  });

  it('uses a product that was renamed since it was imported', async () => {
    await bench.importFile(bench.file(text));
    const soda = bench.store.read.get<{ id: string }>(`SELECT id FROM products WHERE name = 'soda'`)?.id ?? '';
    updateProduct(bench.store, { id: soda, changes: { name: 'Softdrinks' } });
    const before = bench.count('products');
    await bench.importFile(bench.file('soda,butter\n', 'next.csv'));
    expect(bench.count('products')).toBe(before);
  });
});

describe('tables', () => {
  const header = 'Resibo;Petsa;Oras;Paninda;Dami;Presyo;Bayad\r\n';

  it('reads receipts, decimal commas, day first by the whole file, and utang', async () => {
    const text =
      header +
      '1;03/04/2026;06:30;Kape;2;8,50;cash\r\n' +
      '2;03/04/2026;07:00;"Sabon; puti\r\nmalaki";1;22,50;utang\r\n' +
      '1;03/04/2026;06:30;Asukal;0,25;60,00;cash\r\n' +
      '1;25/04/2026;09:00;Kape;1;1.008,50;gcash\r\n';
    expect(value(await bench.importer.inspect({ path: bench.file(text) }))).toMatchObject({
      kind: 'table',
      header: ['Resibo', 'Petsa', 'Oras', 'Paninda', 'Dami', 'Presyo', 'Bayad'],
      suggestion: { receipt: 'Resibo', date: 'Petsa', time: 'Oras', product: 'Paninda', quantity: 'Dami' },
      importedBefore: false,
    });
    expect(await bench.importFile(bench.file(text))).toMatchObject({ state: 'done', sales: 3, lines: 4, badCount: 0 });
    expect(sales()).toEqual([
      { number: '1', started_at: Date.parse('2026-04-03T06:30+08:00'), payment: 'cash', total: 1700 + 1500 },
      { number: '2', started_at: Date.parse('2026-04-03T07:00+08:00'), payment: 'credit', total: 2250 },
      { number: '1', started_at: Date.parse('2026-04-25T09:00+08:00'), payment: 'gcash', total: 100_850 },
    ]);
    expect(lines()[1]).toEqual({ name: 'Asukal', qty: 250, unit_price: 6000, line_total: 1500 });
    expect(lines()[2]?.name).toBe('Sabon; puti malaki');
  });

  it('lists bad lines by number and reason, keeps the good ones, and never half a sale', async () => {
    const text =
      '\ufeffDate,Receipt,Product,Qty,Total\n' +
      '2026-03-01,A1,Kape,1,10.00\n' +
      '2026-03-01,A2,Kape,1,ten\n' +
      '\n' +
      '2026-03-01,A2,Sabon,1,20.00\n' +
      '2026-02-30,A3,Kape,1,10.00\n' +
      '2026-03-01,A4,"Two\nlines",0,10.00\n' +
      '2026-03-01,A5,,1,10.00\n' +
      '2026-03-01,A6,Kape,1,-10.00\n' +
      '2026-03-01,A7,Kape,1,10.00,extra\n' +
      '2026-03-01,A8,Kape,2,"1,234.50"\n';
    const progress = await bench.importFile(bench.file(text));
    expect(progress).toMatchObject({ state: 'done', sales: 2, lines: 2, badCount: 7 });
    expect(progress.bad.map(({ line, reason }) => [line, reason])).toEqual([
      [3, '"ten" is not an amount'],
      [5, 'left out with line 3, which belongs to the same receipt'],
      [6, '"2026-02-30" is not in the calendar'],
      [7, 'the quantity is not above zero'],
      [9, 'the product is missing'],
      [10, 'a return or negative amount cannot be imported'],
      [11, 'there are more cells than the 5 columns'],
    ]);
    expect(progress.bad[0]?.text).toBe('2026-03-01, A2, Kape, 1, ten');
    expect(lines().at(-1)).toEqual({ name: 'Kape', qty: 2000, unit_price: 61_725, line_total: 123_450 });
    const corrected = await bench.importFile(bench.file(text.replace('ten', '10.00'), 'corrected.csv'));
    expect(corrected).toMatchObject({ sales: 1, lines: 2, skipped: 2 });
  });

  it('keeps equal lines without receipt apart, and brings only the new ones of a longer file', async () => {
    const text = 'date,product,price\n2026-03-01,Kape,8\n2026-03-01,Kape,8\n';
    expect(await bench.importFile(bench.file(text))).toMatchObject({ sales: 2, skipped: 0 });
    expect(await bench.importFile(bench.file(`${text}2026-03-01,Kape,8\n`))).toMatchObject({ sales: 1, skipped: 2 });
  });

  it('reads Windows-1252 and tabs', async () => {
    const text = 'Date\tItem\tPrice\n2026-03-01\tPi\u00f1a juice\t25\n';
    await bench.importFile(bench.file(Buffer.from(text, 'latin1')));
    expect(lines()).toMatchObject([{ name: 'Piña juice', unit_price: 2500 }]);
  });

  it('obeys the separator line of spreadsheets and asks for columns where no header tells', async () => {
    const said = bench.file('sep=|\ndate|item|price\n2026-03-01|Kape, barako|8\n');
    expect(await bench.importFile(said)).toMatchObject({ sales: 1, badCount: 0 });
    expect(lines()[0]?.name).toBe('Kape, barako');
    const bare = bench.file('2026-03-01,Kape,8\n2026-03-02,Sabon,22\n', 'bare.csv');
    expect(value(await bench.importer.inspect({ path: bare })).header).toEqual(['Column 1', 'Column 2', 'Column 3']);
    expect(await bench.importer.start({ path: bare })).toMatchObject({ error: { code: 'mapping-incomplete' } });
    const mapping = { date: 'Column 1', product: 'Column 2', unitPrice: 'Column 3' };
    expect(await bench.importFile(bare, mapping)).toMatchObject({ sales: 2 });
  });

  it('takes the operator mapping, and says which column is missing', async () => {
    const path = bench.file('Araw na binili;Ano;Bawat isa\n2026-03-01;Kape;8\n');
    const mapping = { date: 'Araw na binili', product: 'Ano', unitPrice: 'Bawat isa' };
    const wrong = await bench.importer.start({ path, mapping: { ...mapping, product: 'Wala' } });
    expect(wrong).toMatchObject({
      error: { code: 'mapping-incomplete', detail: 'product: the file has no column "Wala"' },
    });
    expect(await bench.importFile(path, mapping)).toMatchObject({ state: 'done', sales: 1 });
  });
});

describe('what is no table', () => {
  it.each([
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]), 'The file is not text.'],
    ['nothing', '', 'The file is empty.'],
    ['a web page', '<!doctype html><p>Sign in, please</p>', undefined],
    ['JSON', '{"sales": [1, 2]}', undefined],
    ['prose', 'It was a dark and stormy night, and the rain fell in torrents without end.\n'.repeat(5), undefined],
    [
      'a quote without end',
      'date,product,price\n2026-03-01,"Kape,8\n2026-03-01,Sabon,9\n',
      'A quote that opens in line 2 is never closed.',
    ],
  ])('refuses %s and changes nothing', async (_what, content, detail) => {
    const answer = await bench.importer.start({ path: bench.file(content) });
    expect(answer).toMatchObject({ ok: false, error: { code: 'file-not-table', ...(detail ? { detail } : {}) } });
    expect(bench.count('_change_log')).toBe(0);
  });

  it('refuses a folder, a missing file and one of 2 GB', async () => {
    mkdirSync(join(bench.folder, 'dir'));
    const code = async (path: string) => {
      const answer = await bench.importer.inspect({ path });
      return answer.ok ? 'ok' : `${answer.error.code}: ${answer.error.detail}`;
    };
    expect(await code(join(bench.folder, 'dir'))).toBe('file-unreadable: This is a folder.');
    expect(await code(join(bench.folder, 'none.csv'))).toBe('file-unreadable: There is no such file.');
    const huge = bench.file('a,b\n', 'huge.csv');
    truncateSync(huge, 2 * 1024 ** 3);
    expect(await code(huge)).toBe('file-not-table: The file is larger than 1 GB.');
  });

  it('starts nothing after it was stopped', async () => {
    const starting = bench.importer.start({ path: bench.file('bread,butter\n') });
    await bench.importer.stop();
    expect(await starting).toMatchObject({ error: { code: 'host-gone' } });
    expect(bench.count('_change_log')).toBe(0);
  });

  it('needs an enrolled PC', async () => {
    const other = testStore();
    const lonely = bench.makeImporter(other.store);
    expect(await lonely.start({ path: bench.file('a,b\n') })).toMatchObject({ error: { code: 'not-enrolled' } });
    other.cleanup();
  });
});
