import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { appError } from '#shared/contract/errors.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';

export type KeyFileDeps = {
  readonly keyFile: string;
  /** The store file the key belongs to. */
  readonly database: string;
  /** Fills with random bytes. */
  readonly random: (bytes: Uint8Array) => Uint8Array;
};

/**
 * The store's key kept in a file that only this user may read (0600): 64 hex digits. Whoever can read that file can read
 * the store; it protects a copied database file, not a copied disk.
 * A key is made only together with a new store: with a store but no key the answer is `database-key`, never a new key.
 */
export function readOrCreateKeyFile(deps: KeyFileDeps): Result<Uint8Array, AppError> {
  if (existsSync(deps.keyFile)) return readKey(deps.keyFile);
  if (existsSync(deps.database))
    return fail(appError('database-key', 'The key file is missing beside the store file.'));
  const key = deps.random(new Uint8Array(32));
  writePrivately(deps.keyFile, `${Buffer.from(key).toString('hex')}\n`);
  return ok(key);
}

function readKey(path: string): Result<Uint8Array, AppError> {
  const text = readFileSync(path, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) return fail(appError('database-key', 'The key file does not hold a key.'));
  return ok(new Uint8Array(Buffer.from(text, 'hex')));
}

/** Writes a new file that only this user may read, on the disk when it returns. An existing file is replaced. */
export function writePrivately(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'w', 0o600);
  try {
    chmodSync(path, 0o600);
    writeSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
