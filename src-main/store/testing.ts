import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type StoreOptions } from './open-store.ts';
import type { Identity, Store } from './types.ts';
import { writeIdentity } from './identity.ts';

export const localMigrations = join(import.meta.dirname, '../../migrations/local');

/** A fresh encrypted store in a folder of its own, or a copy of another one's file as it is on the disk, for tests. `cleanup` closes it and removes the folder. */
export function testStore(
  options: Partial<StoreOptions> & { identity?: Identity } = {},
  copyOf?: string,
): {
  store: Store;
  folder: string;
  file: string;
  cleanup: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'pulser-store-'));
  const file = join(folder, 'store.db');
  for (const end of copyOf === undefined ? [] : ['', '-wal']) {
    if (existsSync(copyOf + end)) copyFileSync(copyOf + end, file + end);
  }
  const opened = openStore({ file, key: new Uint8Array(32).fill(7), migrations: localMigrations, ...options });
  if (!opened.ok) throw new Error(`${opened.error.code}: ${opened.error.detail ?? ''}`);
  const store = opened.value;
  const { identity } = options;
  if (identity) store.apply(null, (db) => writeIdentity(db, identity));
  return {
    store,
    folder,
    file,
    cleanup: () => {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
