import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Driver from 'better-sqlite3';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';

export type RawDatabase = Driver;

export type OpenOptions = {
  readonly file: string;
  /** 32 random bytes; null leaves the file readable to anybody. */
  readonly key: Uint8Array | null;
  readonly readonly?: boolean;
  /** Path of the driver's addon where the shipped one does not fit the runtime. */
  readonly nativeBinding?: string | undefined;
};

/**
 * The one place that opens a SQLite file: with key, write-ahead log, full durability, and nothing that a hostile file could
 * abuse. Failures are `database-key`, `database-corrupt`, `database-locked`, `disk-full`, `disk-unwritable` or `file-unreadable`; none of
 * them changes the file.
 */
export function openDatabase(options: OpenOptions): Result<RawDatabase, AppError> {
  const keyProblem = checkKeyId(options);
  if (keyProblem) return fail(keyProblem);
  let raw: RawDatabase | undefined;
  try {
    const unclean = hasLeftovers(options.file);
    raw = new Driver(options.file, {
      readonly: options.readonly ?? false,
      timeout: 5000,
      ...(options.nativeBinding ? { nativeBinding: options.nativeBinding } : {}),
    });
    if (options.key) {
      raw.pragma("cipher = 'aegis'");
      raw.key(Buffer.from(`raw:${Buffer.from(options.key).toString('hex')}`));
    }
    configure(raw, options.readonly ?? false);
    if (unclean && !options.readonly && raw.pragma('quick_check(1)', { simple: true }) !== 'ok') {
      raw.close();
      return fail(appError('database-corrupt', options.file));
    }
    if (options.key && !options.readonly) writeKeyId(options.file, options.key);
    return ok(raw);
  } catch (error) {
    raw?.close();
    return fail(openingError(error, options));
  }
}

/** On a disk that may only be read SQLite says that it cannot open a file which it could not make beside the store. */
export function openingError(error: unknown, { file, readonly }: Pick<OpenOptions, 'file' | 'readonly'>): AppError {
  const known = storeErrorOf(error);
  if (known && known.code !== 'file-unreadable') return known;
  const denied = readonly ? null : writeDenied(dirname(file));
  if (denied !== null) return appError('disk-unwritable', denied);
  return known ?? appError('file-unreadable', error instanceof Error ? error.message : String(error));
}

/** Why nothing can be written in a folder; null when it can. */
function writeDenied(folder: string): string | null {
  try {
    accessSync(folder, constants.W_OK);
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    return code === 'EROFS' || code === 'EACCES' || code === 'EPERM' ? code : null;
  }
}

function configure(raw: RawDatabase, readonly: boolean): void {
  raw.pragma('trusted_schema = OFF');
  raw.pragma('foreign_keys = ON');
  raw.pragma('temp_store = MEMORY');
  raw.pragma('cache_size = -32768');
  // reading the schema is what proves that the key fits
  raw.prepare('SELECT count(*) FROM sqlite_master').get();
  if (readonly) return;
  raw.pragma('journal_mode = WAL');
  raw.pragma('synchronous = FULL');
  // 64 MB, for the worst case only: checkpoints.ts moves the log in quiet moments
  raw.pragma('wal_autocheckpoint = 8000');
  // after a large import the log gives its room back
  raw.pragma('journal_size_limit = 16777216');
  // a file that may only be read is opened without a word, and even BEGIN IMMEDIATE is; the next sale would find out
  raw.exec('BEGIN IMMEDIATE; PRAGMA user_version = 0; ROLLBACK');
}

/** A quota or a limit on the size of files, a failing disk, a file or file system that is read-only. */
const unwritable =
  /^(SQLITE_READONLY|SQLITE_IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE|DELETE|CLOSE)$|EDQUOT$|EFBIG$|EROFS$)/;

/** The expected failure behind an error thrown by the driver; null when it is none, so a bug. */
export function storeErrorOf(error: unknown): AppError | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  const { code } = error;
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) return appError('database-corrupt', code);
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return appError('database-locked', code);
  // the index beside the log finds no room
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'SQLITE_IOERR_SHMSIZE')
    return appError('disk-full', code);
  if (unwritable.test(code)) return appError('disk-unwritable', code);
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_IOERR')) return appError('file-unreadable', code);
  return null;
}

/** A non-empty write-ahead log means that the last writer did not close the file. */
function hasLeftovers(file: string): boolean {
  const wal = `${file}-wal`;
  return existsSync(wal) && statSync(wal).size > 0;
}

/*
 * An encrypted file cannot say whether it is damaged or the key is wrong. A short hash of the (random, 256 bit) key beside the
 * file can, and it gives nothing away.
 */
function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update('pulser-field key id').update(key).digest('hex').slice(0, 16);
}
function checkKeyId({ file, key }: OpenOptions): AppError | null {
  const idFile = `${file}.keyid`;
  if (!existsSync(file) || !existsSync(idFile)) return null;
  const expected = readFileSync(idFile, 'utf8').trim();
  // written only half when the power went: the file itself will tell
  if (!/^[0-9a-f]{16}$/.test(expected)) return null;
  return key && keyIdOf(key) === expected ? null : appError('database-key', file);
}
function writeKeyId(file: string, key: Uint8Array): void {
  const idFile = `${file}.keyid`;
  const content = `${keyIdOf(key)}\n`;
  if (existsSync(idFile) && readFileSync(idFile, 'utf8') === content) return;
  writeFileSync(`${idFile}.new`, content, { mode: 0o600, flush: true });
  renameSync(`${idFile}.new`, idFile);
}
