/** An empty store, migrated and with its triggers, that the stores of simulated PCs are copied from. */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '#main/store/open-store.ts';
import type { Store } from '#main/store/types.ts';
import { bytesFrom, type Random } from '../core/random.ts';

const migrations = join(import.meta.dirname, '../../migrations/local');

export type StoreTemplate = { readonly copyTo: (file: string) => void };

export function createStoreTemplate(folder: string, now: number): StoreTemplate {
  const file = join(folder, 'template.db');
  rmSync(file, { force: true });
  const opened = openStore({ file, key: null, migrations, now: () => now });
  if (!opened.ok) throw new Error(`${opened.error.code}: ${opened.error.detail ?? ''}`);
  opened.value.close();
  return { copyTo: (target) => copyFileSync(file, target) };
}

/** Opens a simulated PC's store file, as a start of the program does. */
export function openSimStore(file: string, now: () => number, random: Random): Store {
  const opened = openStore({ file, key: null, migrations, now, random: bytesFrom(random) });
  if (!opened.ok) throw new Error(`${opened.error.code}: ${opened.error.detail ?? ''}`);
  return opened.value;
}
