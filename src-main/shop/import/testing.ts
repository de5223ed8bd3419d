import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { type ImportMapping, type ImportProgress, importProgress } from '#shared/contract/schemas.ts';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import { silentLogger } from '#main/telemetry/logger.ts';
import { here, value } from '../testing.ts';
import { createImporter, type Importer } from './importer.ts';

/** A store with an importer and a folder for files, for tests. */
export type ImportBench = {
  readonly store: Store;
  readonly folder: string;
  readonly importer: Importer;
  /** How often imports gave way, and what happens each time. */
  readonly turns: { count: number; on: () => void };
  makeImporter(store: Store): Importer;
  /** Writes a file with a fixed modification time. */
  file(content: string | Uint8Array, name?: string): string;
  finished(): Promise<ImportProgress>;
  importFile(path: string, mapping?: ImportMapping): Promise<ImportProgress>;
  count(table: string): number;
  end(): Promise<void>;
};

export function createImportBench(): ImportBench {
  const { store, folder, cleanup } = testStore({ identity: here });
  const turns = { count: 0, on: () => undefined as void };
  const makeImporter = (target: Store) =>
    createImporter({
      store: target,
      logger: silentLogger,
      moved: () => undefined,
      monotonic: () => performance.now(),
      yieldNow: async () => {
        turns.count += 1;
        turns.on();
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
  const importer = makeImporter(store);
  const finished = async () => {
    await vi.waitFor(() => expect(importer.progress()?.state).not.toBe('running'), { timeout: 60_000, interval: 5 });
    return importProgress.parse(importer.progress());
  };
  return {
    store,
    folder,
    importer,
    turns,
    makeImporter,
    file: (content, name = 'sales.csv') => {
      const path = join(folder, name);
      writeFileSync(path, content);
      utimesSync(path, 1_770_000_000, 1_770_000_000);
      return path;
    },
    finished,
    importFile: async (path, mapping) => {
      value(await importer.start({ path, ...(mapping ? { mapping } : {}) }));
      return finished();
    },
    count: (table) => store.read.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0,
    end: async () => {
      await importer.stop();
      cleanup();
    },
  };
}
