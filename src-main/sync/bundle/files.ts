/** Bundles and answers on a stick: written whole or not at all, and read with a check of every byte. */
import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { readBundleFile, signedPrefix, type BundleFile, type FileProblem, type PieceAt } from '#shared/sync/bundle.ts';
import { isSignedText } from '../transport/key-pair.ts';

export type ReadBundle = BundleFile & { readonly bytes: Uint8Array };

/** Larger files are none of ours: half a million changes are a tenth of it. */
const mostBytes = 500_000_000;

const problems = { other: 'not-a-bundle', newer: 'file-newer', damaged: 'bundle-damaged' } as const;

/**
 * Reads a file that is whole: its pieces are what its header says, and a bundle's header is what somebody signed. Whether that was a PC of the
 * chain is for the cloud to say. Fails with `file-unreadable`, `not-a-bundle`, `file-newer` or `bundle-damaged`.
 */
export async function readFileOfBundle(path: string): Promise<Result<ReadBundle, AppError>> {
  let bytes: Uint8Array;
  try {
    const found = await stat(path);
    if (!found.isFile()) return fail(appError('file-unreadable', 'This is not an ordinary file.'));
    if (found.size > mostBytes) return fail(appError('not-a-bundle', 'It is too large.'));
    bytes = await readFile(path);
  } catch (error) {
    return fail(appError('file-unreadable', messageOf(error)));
  }
  const checked = check(bytes);
  return typeof checked === 'string' ? fail(appError(problems[checked])) : ok({ ...checked, bytes });
}

function check(bytes: Uint8Array): BundleFile | FileProblem {
  const file = readBundleFile(bytes);
  if (typeof file === 'string') return file;
  if (file.pieces.some((piece) => digest(pieceOf(bytes, piece)) !== piece.sha256)) return 'damaged';
  if (file.kind === 'bundle' && !isSignedText(file.header.key, file.signature, signedPrefix + file.headerText))
    return 'damaged';
  return file;
}

export function pieceOf(bytes: Uint8Array, { start, bytes: length }: PieceAt): Uint8Array {
  return bytes.subarray(start, start + length);
}

/** What a header says of a piece. */
export function describePiece(piece: Uint8Array): { bytes: number; sha256: string } {
  return { bytes: piece.length, sha256: digest(piece) };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Writes a file so that it is there whole and on the disk, or not at all, and reads it back. A file of that name is replaced. Fails with
 * `disk-full` or `file-unwritable`.
 */
export async function writeFileSafely(path: string, bytes: Uint8Array): Promise<Result<null, AppError>> {
  const half = `${path}.part`;
  try {
    const file = await open(half, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (!bytesEqual(await readFile(half), bytes))
      throw new Error('What was read back is not what was written: the stick is broken.');
    await rename(half, path);
    await syncFolder(dirname(path));
    return ok(null);
  } catch (error) {
    await rm(half, { force: true }).catch(() => undefined); // the stick may be gone: then nothing is left to remove
    const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
    return fail(appError(full ? 'disk-full' : 'file-unwritable', messageOf(error)));
  }
}

function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Makes the new name last. Not every system can do that for a folder, and not every stick's format: then the rename itself has to do. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (!handle) return;
  try {
    await handle.sync().catch(() => undefined); // EINVAL, EPERM: see above
  } finally {
    await handle.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
