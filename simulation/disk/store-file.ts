/** A look into a store file from outside: beside a running host, or at what a dead one left behind. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type RawDatabase } from '#main/store/open-database.ts';
import { createDb } from '#main/store/sql-db.ts';
import type { ReadableDb } from '#main/store/types.ts';
import type { Ask } from './found.ts';

export type StoreFile = {
  readonly db: ReadableDb;
  readonly ask: Ask;
  /** Empty when SQLite finds the file whole. */
  readonly integrity: () => string[];
};

/** Looks into the store of a running host, or of one that was stopped; nothing is changed. */
export function lookInto<T>(dataDir: string, work: (file: StoreFile) => T | Promise<T>): Promise<T> {
  return withFile(dataDir, join(dataDir, 'store.db'), true, work);
}

/** Looks at a copy of what a killed host left, so that the original meets its next start untouched. */
export async function lookAtRemains<T>(dataDir: string, work: (file: StoreFile) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pulser-remains-'));
  try {
    copyStore(dataDir, folder);
    return await withFile(folder, join(folder, 'store.db'), false, work);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies what belongs to a store: the file, its log and its key. */
export function copyStore(from: string, to: string): void {
  for (const name of ['store.db', 'store.db-wal', 'store.db.keyid', 'store.key']) {
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  }
}

export function keyOf(dataDir: string): Uint8Array {
  return new Uint8Array(Buffer.from(readFileSync(join(dataDir, 'store.key'), 'utf8').trim(), 'hex'));
}

async function withFile<T>(
  dataDir: string,
  file: string,
  readonly: boolean,
  work: (file: StoreFile) => T | Promise<T>,
): Promise<T> {
  const opened = openDatabase({ file, key: keyOf(dataDir), readonly });
  if (!opened.ok) throw new Error(`${opened.error.code}: ${opened.error.detail ?? ''}`);
  const raw: RawDatabase = opened.value;
  try {
    const db = createDb(raw);
    return await work({
      db,
      ask: (sql, parameter) => db.all(sql, parameter),
      integrity: () => {
        const rows = raw.pragma('integrity_check') as { integrity_check: string }[];
        return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
      },
    });
  } finally {
    raw.close();
  }
}
