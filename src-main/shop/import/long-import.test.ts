import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importInspection } from '#shared/contract/schemas.ts';
import { value } from '../testing.ts';
import { createImportBench, type ImportBench } from './testing.ts';

let bench: ImportBench;
beforeEach(() => {
  bench = createImportBench();
});
afterEach(() => bench.end());

describe('a long import', () => {
  const manyBaskets = Array.from({ length: 3000 }, (_, index) => `item ${index % 40},item ${index % 7},bread`).join(
    '\n',
  );

  it('stops at once when cancelled, keeps what was written, and goes on the next time', async () => {
    const path = bench.file(manyBaskets);
    const { id } = value(await bench.importer.start({ path }));
    expect(await bench.importer.start({ path })).toMatchObject({ error: { code: 'import-running' } });
    bench.turns.on = () => {
      if (bench.count('transactions') > 100) bench.importer.cancel(id);
    };
    const cancelled = await bench.finished();
    expect(cancelled.state).toBe('cancelled');
    expect(cancelled.sales).toBeGreaterThan(100);
    expect(cancelled.sales).toBeLessThan(1500);
    expect(bench.count('transactions')).toBe(cancelled.sales);
    expect(value(await bench.importer.inspect({ path })).importedBefore).toBe(false);
    expect(bench.importer.cancel(id)).toMatchObject({ error: { code: 'not-found' } });
    bench.turns.on = () => undefined;
    const rest = await bench.importFile(path);
    expect(rest).toMatchObject({ state: 'done', skipped: cancelled.sales, sales: 3000 - cancelled.sales });
    expect([bench.count('transactions'), bench.count('transaction_items')]).toEqual([3000, 9000]);
  });

  it('gives the event loop its turn again and again', async () => {
    await bench.importFile(bench.file(manyBaskets));
    expect(bench.turns.count).toBeGreaterThan(10);
  });

  it('says so when the file changes meanwhile, and when the disk is full', async () => {
    const path = bench.file(manyBaskets);
    value(await bench.importer.start({ path }));
    bench.turns.on = () => {
      if (bench.count('transactions') > 0) writeFileSync(path, 'other\n');
    };
    expect((await bench.finished()).error).toMatchObject({ code: 'file-unreadable' });
    bench.turns.on = () => undefined;
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    const broken = bench.makeImporter({
      ...bench.store,
      transactions: () => {
        throw full;
      },
    });
    value(await broken.start({ path: bench.file(`${manyBaskets}\nmore`) }));
    await vi.waitFor(() => expect(broken.progress()).toMatchObject({ state: 'failed', error: { code: 'disk-full' } }));
  });
});

describe('the real baskets', () => {
  const real = join(import.meta.dirname, '../../../../shared/data/groceries.csv');

  it.runIf(existsSync(real))('imports all 9,835 baskets with 43,367 lines, and nothing the second time', async () => {
    const path = join(bench.folder, 'groceries.csv');
    copyFileSync(real, path);
    expect(importInspection.parse(value(await bench.importer.inspect({ path })))).toMatchObject({
      kind: 'baskets',
      bytes: 500_843,
    });
    const before = process.cpuUsage();
    expect(await bench.importFile(path)).toMatchObject({
      state: 'done',
      sales: 9835,
      lines: 43_367,
      skipped: 0,
      badCount: 0,
    });
    const { user, system } = process.cpuUsage(before);
    expect([bench.count('transactions'), bench.count('transaction_items'), bench.count('products')]).toEqual([
      9835, 43_367, 169,
    ]);
    expect(await bench.importFile(path)).toMatchObject({ sales: 0, skipped: 9835 });
    // work, not waiting: other programs and a slow disk do not count; 2 to 3 s on two slow cores
    expect((user + system) / 1e6).toBeLessThan(12);
  });
});
