import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SignJWT } from 'jose';
import { z } from 'zod';

import { createCloudKey } from '../../functions/bundle-keys.ts';

const keysSchema = z.strictObject({
  /** Signs every token of this cloud (HS256). */
  jwtSecret: z.string().min(32),
  anonKey: z.string(),
  serviceRoleKey: z.string(),
  /** Opens change bundles; a cloud of an earlier version gets one at its next start. */
  bundleKey: z.string().optional(),
  /** PostgreSQL passwords by role. */
  passwords: z.strictObject({ supabase_admin: z.string(), postgres: z.string(), authenticator: z.string() }),
});

/** Everything secret of one local cloud. */
export type CloudKeys = z.infer<typeof keysSchema>;

const tenYears = '3650d';

function password(): string {
  return randomBytes(24).toString('base64url');
}

/** Makes a new signing secret with the two API keys that follow from it, and a key for change bundles. */
export async function createApiKeys(): Promise<Omit<CloudKeys, 'passwords'>> {
  const jwtSecret = randomBytes(48).toString('base64url');
  const sign = (role: string): Promise<string> =>
    new SignJWT({ role, ref: 'local' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer('supabase')
      .setIssuedAt()
      .setExpirationTime(tenYears)
      .sign(new TextEncoder().encode(jwtSecret));
  return {
    jwtSecret,
    anonKey: await sign('anon'),
    serviceRoleKey: await sign('service_role'),
    bundleKey: await createCloudKey(),
  };
}

/** Makes all keys of a new cloud. */
export async function createKeys(): Promise<CloudKeys> {
  const passwords = { supabase_admin: password(), postgres: password(), authenticator: password() };
  return { ...(await createApiKeys()), passwords };
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'keys.json');
}

/** Reads the keys of a data folder; `undefined` when it has none yet. @throws Error when the file is damaged */
export async function readKeys(dataDir: string): Promise<CloudKeys | undefined> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return keysSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(
      `The keys of the local cloud in ${fileIn(dataDir)} are damaged. Restore the file, or delete the folder to start anew.`,
      {
        cause,
      },
    );
  }
}

/** Writes the keys so that only their owner can read them. */
export async function writeKeys(dataDir: string, keys: CloudKeys): Promise<void> {
  const half = `${fileIn(dataDir)}.new`;
  await writeFile(half, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  await rename(half, fileIn(dataDir));
}
