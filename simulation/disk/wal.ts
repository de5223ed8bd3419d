/**
 * Reads the frames of a write-ahead log (https://www.sqlite.org/fileformat2.html#the_write_ahead_log). Encryption leaves the headers as they
 * are, so what a cut or a torn page takes away can be told without the program under test.
 */

export type Frame = {
  /** Where its header begins in the log. */
  readonly at: number;
  readonly page: number;
  /** Whether it ends a transaction. */
  readonly commits: boolean;
};
export type Wal = {
  readonly pageSize: number;
  readonly frames: readonly Frame[];
};

export const walHeader = 32;
export const frameHeader = 24;
const magics = [0x377f0682, 0x377f0683];

/** Frames of the log's present generation, whole ones only; null when this is no log. */
export function readWal(bytes: Buffer): Wal | null {
  if (bytes.length < walHeader || !magics.includes(bytes.readUInt32BE(0))) return null;
  const pageSize = bytes.readUInt32BE(8);
  const frames: Frame[] = [];
  const salt = bytes.subarray(16, 24);
  for (let at = walHeader; at + frameHeader + pageSize <= bytes.length; at += frameHeader + pageSize) {
    if (!bytes.subarray(at + 8, at + 16).equals(salt)) break;
    frames.push({ at, page: bytes.readUInt32BE(at), commits: bytes.readUInt32BE(at + 4) !== 0 });
  }
  return { pageSize, frames };
}

/** How many frames may have been moved into the database file already, from the index beside the log (its layout is SQLite's own). */
export function movedFrames(index: Buffer): number {
  const attempted = 128;
  return index.length >= attempted + 4 ? index.readUInt32LE(attempted) : 0;
}
