/** Harm that a power cut or a failing disk does to a store file and its log. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '#main/store/open-database.ts';
import { bytesFrom, type Random } from '../core/random.ts';
import { keyOf } from './store-file.ts';
import { frameHeader, readWal } from './wal.ts';

/**
 * `whole`: as copied; `cut`: the log ends at some byte; `torn`: a frame of the log is half written, what follows it is there; `half-moved`: a page
 * that was being moved from the log into the file is half there; `rot`: a bit of the file that no log can mend; `quiet-rot`: the same in a file
 * that was closed in order, which nobody checks at the start.
 */
export const harms = ['whole', 'cut', 'torn', 'half-moved', 'rot', 'quiet-rot'] as const;
export type Harm = (typeof harms)[number];

export type Copy = {
  readonly folder: string;
  /** Sales answered before the copy began. */
  readonly answered: readonly number[];
  readonly wal: Buffer;
  /** Frames of the log that the file may hold already: they were on the disk before they were moved. */
  readonly moved: number;
};

/** Harms the copy; answers how many transactions of the log that takes away, null when there is nothing to harm. */
export function doHarm(random: Random, { wal, moved }: Copy, folder: string, harm: Harm): number | null {
  const log = readWal(wal);
  if (!log) return null;
  const { frames, pageSize } = log;
  const safe = frames[moved]?.at ?? wal.length;
  const commitsFrom = (at: number): number =>
    frames.filter((frame) => frame.commits && frame.at + frameHeader + pageSize > at).length;
  const walFile = join(folder, 'store.db-wal');
  const dbFile = join(folder, 'store.db');
  if (harm === 'cut') {
    const at = safe + random.int(wal.length - safe + 1);
    writeFileSync(walFile, wal.subarray(0, at));
    return commitsFrom(at);
  }
  if (harm === 'torn') {
    const open = frames.slice(moved);
    if (open.length === 0) return null;
    const frame = random.pick(open);
    const from = frame.at + frameHeader + 512 * random.int(pageSize / 512);
    const harmed = Buffer.from(wal);
    harmed.set(bytesFrom(random)(new Uint8Array(512)), from);
    writeFileSync(walFile, harmed);
    return commitsFrom(frame.at);
  }
  if (harm === 'quiet-rot') closeInOrder(folder);
  const db = readFileSync(dbFile);
  if (harm === 'half-moved') {
    const lastCommit = frames.findLastIndex(({ commits }) => commits);
    const inLog = frames.slice(0, lastCommit + 1).filter(({ page }) => page > 1 && page * pageSize <= db.length);
    if (inLog.length === 0) return null;
    const { page, at } = random.pick(inLog);
    const sectors = 1 + random.int(pageSize / 512 - 1);
    wal.copy(db, (page - 1) * pageSize, at + frameHeader, at + frameHeader + sectors * 512);
  } else {
    const logged = new Set(harm === 'rot' ? frames.map(({ page }) => page) : []);
    const rest = Array.from({ length: db.length / pageSize }, (_, index) => index + 1).filter(
      (page) => !logged.has(page),
    );
    if (rest.length === 0) return null;
    const at = (random.pick(rest) - 1) * pageSize + random.int(pageSize);
    db[at] = (db[at] ?? 0) ^ (1 << random.int(8));
  }
  writeFileSync(dbFile, db);
  return 0;
}

/** The last one out moves the log into the file. */
function closeInOrder(folder: string): void {
  const opened = openDatabase({ file: join(folder, 'store.db'), key: keyOf(folder) });
  if (!opened.ok) throw new Error(opened.error.code);
  opened.value.pragma('wal_checkpoint(TRUNCATE)');
  opened.value.close();
}
