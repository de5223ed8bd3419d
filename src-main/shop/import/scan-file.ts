import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'windows-1252';

/** What is known of a file before its content is understood. */
export type FileFacts = {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** SHA-256 of the content, hexadecimal. */
  readonly hash: string;
  readonly encoding: Encoding;
  readonly lineBreaks: number;
};

/** Files above this many bytes are refused: no shop has so many sales, and a disk image chosen by mistake has. */
export const largestFile = 1024 ** 3;
const chunkBytes = 64 * 1024;

/** Looks at size and kind only. Fails with `file-unreadable` or `file-not-table`, each with a plain detail. */
export async function checkFile(path: string): Promise<Result<{ bytes: number; mtimeMs: number }, AppError>> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return fail(appError('file-unreadable', 'This is a folder.'));
    if (!found.isFile()) return fail(appError('file-unreadable', 'This is not an ordinary file.'));
    if (found.size === 0) return fail(appError('file-not-table', 'The file is empty.'));
    if (found.size > largestFile) return fail(appError('file-not-table', 'The file is larger than 1 GB.'));
    return ok({ bytes: found.size, mtimeMs: Math.floor(found.mtimeMs) });
  } catch (error) {
    return fail(unreadable(error));
  }
}

/**
 * Reads a file once from end to end: content hash, encoding, number of line breaks. Nothing of it is kept in memory.
 * Fails like checkFile, and with `file-not-table` where the content is not text. `signal` ends it early with an AbortError.
 */
export async function scanFile(path: string, signal?: AbortSignal): Promise<Result<FileFacts, AppError>> {
  const checked = await checkFile(path);
  if (!checked.ok) return checked;
  const hash = createHash('sha256');
  const utf8 = createUtf8Check();
  let lineBreaks = 0;
  let wide: boolean | null = null;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, ...(signal ? { signal } : {}) })) {
      const bytes = chunk as Buffer;
      wide ??= bytes[0] === 0xff && bytes[1] === 0xfe;
      if (!wide && hasControls(bytes)) return fail(appError('file-not-table', 'The file is not text.'));
      hash.update(bytes);
      utf8.add(bytes);
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lineBreaks += 1;
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    return fail(unreadable(error));
  }
  const encoding: Encoding = wide ? 'utf-16le' : utf8.isUtf8() ? 'utf-8' : 'windows-1252';
  return ok({ path, ...checked.value, hash: hash.digest('hex'), encoding, lineBreaks });
}

function createUtf8Check(): { add: (bytes: Buffer) => void; isUtf8: () => boolean } {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let valid = true;
  const attempt = (work: () => void) => {
    try {
      work();
    } catch {
      // The one thing that a fatal decoder throws for: these bytes are not UTF-8.
      valid = false;
    }
  };
  return {
    add: (bytes) => valid && attempt(() => decoder.decode(bytes, { stream: true })),
    isUtf8: () => {
      if (valid) attempt(() => decoder.decode());
      return valid;
    },
  };
}

/** Whether bytes have control characters that no text has: all but tab, line feed, form feed, return and end of file. */
function hasControls(bytes: Buffer): boolean {
  for (const byte of bytes) {
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 26) return true;
  }
  return false;
}

/** The failure behind an error of the file system. */
export function unreadable(error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const details: Readonly<Record<string, string>> = {
    ENOENT: 'There is no such file.',
    EACCES: 'This user may not read it.',
    EPERM: 'This user may not read it.',
    EBUSY: 'Another program keeps it open.',
  };
  return appError('file-unreadable', details[code] ?? (error instanceof Error ? error.message : String(error)));
}
