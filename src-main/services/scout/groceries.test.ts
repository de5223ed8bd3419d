/* Real baskets of a real shop (shared/data beside the project), counted once more by other means. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createImporter } from '#main/shop/import/importer.ts';
import { here, value } from '#main/shop/testing.ts';
import { silentLogger } from '#main/telemetry/logger.ts';
import { openScoutBench, type ScoutBench } from './testing/bench.ts';

const real = join(import.meta.dirname, '../../../../shared/data/groceries.csv');

let bench: ScoutBench;
let folder: string;
beforeEach(() => {
  bench = openScoutBench(here);
  folder = mkdtempSync(join(tmpdir(), 'pulser-groceries-'));
});
afterEach(async () => {
  await bench.end();
  rmSync(folder, { recursive: true, force: true });
});

type Figures = {
  baskets_in_all: number;
  frequent: { name: string; baskets: number; support: number }[];
  total: number;
};
type Rule = {
  first: { name: string };
  second: { name: string };
  baskets: number;
  support: number;
  confidence: number;
  lift: number;
};

it.runIf(existsSync(real))(
  'rules of 9,835 real baskets agree with a direct count',
  async () => {
    const path = join(folder, 'groceries.csv');
    copyFileSync(real, path);
    utimesSync(path, 1_770_000_000, 1_770_000_000);
    const importer = createImporter({
      store: bench.store,
      logger: silentLogger,
      moved: () => undefined,
      monotonic: () => performance.now(),
      yieldNow: () => new Promise((resolve) => setImmediate(resolve)),
    });
    value(await importer.start({ path }));
    await vi.waitFor(() => expect(importer.progress()?.state).toBe('done'), { timeout: 200_000, interval: 20 });

    const baskets = readFileSync(real, 'utf8')
      .split('\n')
      .map(
        (line) =>
          new Set(
            line
              .split(',')
              .map((name) => name.trim())
              .filter((name) => name !== ''),
          ),
      )
      .filter(({ size }) => size > 0);
    const having = (...names: string[]) => baskets.filter((basket) => names.every((name) => basket.has(name))).length;
    const names = [...new Set(baskets.flatMap((basket) => [...basket]))];
    expect([baskets.length, names.length]).toEqual([9835, 169]);

    const pages: Rule[] = [];
    let cursor: string | undefined;
    let figures: Figures;
    do {
      const args = { days: 365, min_support: 0.01, limit: 100, ...(cursor === undefined ? {} : { cursor }) };
      const page = await bench.call<Figures & { items: Rule[]; next_cursor?: string }>('analyze_baskets', args);
      pages.push(...page.items);
      figures = page;
      cursor = page.next_cursor;
    } while (cursor !== undefined);

    expect(figures.baskets_in_all).toBe(9835);
    const frequent = names.map((name) => ({ name, baskets: having(name) })).sort((a, b) => b.baskets - a.baskets);
    expect(frequent.slice(0, 5).map(({ name }) => name)).toEqual([
      'whole milk',
      'other vegetables',
      'rolls/buns',
      'soda',
      'yogurt',
    ]);
    expect(figures.frequent.slice(0, 5)).toMatchObject(
      frequent.slice(0, 5).map(({ name, baskets: n }) => ({ name, baskets: n, support: n / 9835 })),
    );

    // every pair with support of at least 0.01, counted basket by basket
    const often = frequent.filter(({ baskets: n }) => n >= 98).map(({ name }) => name);
    const expected = often.flatMap((a) =>
      often.flatMap((b) => {
        const both = a === b ? 0 : having(a, b);
        return both / 9835 >= 0.01 ? [{ a, b, both }] : [];
      }),
    );
    expect(expected.length).toBeGreaterThan(300);
    expect([figures.total, pages.length]).toEqual([expected.length, expected.length]);
    const found = new Map(pages.map((rule) => [`${rule.first.name} → ${rule.second.name}`, rule]));
    for (const { a, b, both } of expected) {
      const rule = found.get(`${a} → ${b}`);
      expect(rule).toMatchObject({ baskets: both, support: both / 9835 });
      expect(rule?.confidence).toBeCloseTo(both / having(a), 12);
      expect(rule?.lift).toBeCloseTo(both / 9835 / ((having(a) / 9835) * (having(b) / 9835)), 10);
    }
    const lifts = pages.map(({ lift }) => lift);
    expect(lifts).toEqual(lifts.toSorted((x, y) => y - x));
  },
  300_000,
);
