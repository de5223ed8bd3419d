import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { appError } from '#shared/contract/errors.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import { readOrCreateKeyFile, writePrivately } from '#main/host/key-file.ts';

/** The operating system's own key store, as far as it is needed here. */
export type SystemKeyStore = {
  available(): boolean;
  /** Its name, e.g. `dpapi`, `keychain`, `gnome_libsecret`; `basic_text` on Linux is a fixed password. */
  backend(): string;
  seal(text: string): Uint8Array;
  open(sealed: Uint8Array): string;
};

export type KeyKeeperDeps = {
  readonly system: SystemKeyStore;
  /** Where the key lies when the operating system cannot keep it. */
  readonly keyFile: string;
  readonly database: string;
  readonly random: (bytes: Uint8Array) => Uint8Array;
};

export type KeptKey = { readonly key: Uint8Array; readonly keptBy: 'system' | 'file' };

const sealedFile = z.strictObject({ backend: z.string(), sealed: z.base64() });

/** Key stores that hide nothing from another program of this PC. */
const unprotected = new Set(['basic_text', 'unknown']);

/**
 * The store's key: sealed by the operating system where it can, else in a file of this user only. A key is made only
 * together with a new store. When the system's key store has changed or does not open the key, the answer is
 * `database-key` with the reason; a store is never given another key.
 */
export function keepKey(deps: KeyKeeperDeps): Result<KeptKey, AppError> {
  const sealedPath = `${deps.keyFile}.sealed`;
  if (existsSync(sealedPath)) return openSealed(deps.system, readFileSync(sealedPath, 'utf8'));
  const isNew = !existsSync(deps.keyFile) && !existsSync(deps.database);
  if (isNew && protects(deps.system)) return makeSealed(deps, sealedPath);
  const key = readOrCreateKeyFile(deps);
  return key.ok ? ok({ key: key.value, keptBy: 'file' }) : key;
}

function protects(system: SystemKeyStore): boolean {
  return system.available() && !unprotected.has(system.backend());
}

function makeSealed(deps: KeyKeeperDeps, sealedPath: string): Result<KeptKey, AppError> {
  const key = deps.random(new Uint8Array(32));
  const sealed = Buffer.from(deps.system.seal(Buffer.from(key).toString('hex'))).toString('base64');
  writePrivately(sealedPath, `${JSON.stringify({ backend: deps.system.backend(), sealed })}\n`);
  return ok({ key, keptBy: 'system' });
}

function openSealed(system: SystemKeyStore, content: string): Result<KeptKey, AppError> {
  const parsed = sealedFile.safeParse(parseJson(content));
  if (!parsed.success) return fail(appError('database-key', 'The sealed key file is damaged.'));
  const { backend, sealed } = parsed.data;
  if (!system.available())
    return fail(appError('database-key', `The key is kept by ${backend}, which does not answer.`));
  if (system.backend() !== backend) {
    return fail(appError('database-key', `The key is kept by ${backend}; this session offers ${system.backend()}.`));
  }
  const text = opened(system, Buffer.from(sealed, 'base64'));
  if (text === null || !/^[0-9a-f]{64}$/.test(text)) {
    return fail(appError('database-key', `${backend} does not open the key. It was sealed for another user or PC.`));
  }
  return ok({ key: new Uint8Array(Buffer.from(text, 'hex')), keptBy: 'system' });
}

function opened(system: SystemKeyStore, sealed: Uint8Array): string | null {
  try {
    return system.open(sealed);
  } catch {
    // The system's words differ everywhere; the caller says what it means for the store.
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Undefined fits no schema: the caller calls the file damaged.
    return undefined;
  }
}
