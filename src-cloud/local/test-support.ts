/** What the tests of the local cloud share. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { createClient, type SupabaseClient } from '@supabase/supabase-js';

import { testCloud, type TestCloud } from './testing.ts';
import type { LocalCloudOptions } from './types.ts';

export const testMigrations = fileURLToPath(new URL('test-migrations/', import.meta.url));

export const password = 'correct horse battery';

/** A cloud with the small project in test-migrations. */
export function notesCloud(
  options: Partial<Omit<LocalCloudOptions, 'dataDir' | 'durable' | 'temporary'>> = {},
): Promise<TestCloud> {
  return testCloud({ migrationsDir: testMigrations, ...options });
}

type Reach = { readonly url: string; readonly anonKey: string; readonly serviceRoleKey: string };

/** An unmodified client that has not signed in. */
export function anonymous(cloud: Reach, vsn: '1.0.0' | '2.0.0' = '2.0.0'): SupabaseClient {
  return createClient(cloud.url, cloud.anonKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { vsn },
  });
}

/** An unmodified client with the service role. */
export function service(cloud: Reach): SupabaseClient {
  return createClient(cloud.url, cloud.serviceRoleKey, { auth: { persistSession: false, autoRefreshToken: false } });
}

/** Makes a user with server-set claims; answers the id. */
export async function addUser(cloud: Reach, email: string, claims: Record<string, unknown>): Promise<string> {
  const { data, error } = await service(cloud).auth.admin.createUser({
    email,
    password,
    email_confirm: true,
    app_metadata: claims,
  });
  if (error) throw error;
  return data.user.id;
}

/** A client signed in as a new user of a team. */
export async function member(cloud: Reach, team: string, vsn: '1.0.0' | '2.0.0' = '2.0.0'): Promise<SupabaseClient> {
  const email = `${crypto.randomUUID()}@example.com`;
  await addUser(cloud, email, { team });
  const client = anonymous(cloud, vsn);
  const { error } = await client.auth.signInWithPassword({ email, password });
  if (error) throw error;
  return client;
}

/** A PC's key pair: the public key in base64url, and what signs with the private one. */
export function testKeys(): { readonly publicKey: string; readonly sign: (text: string) => string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: publicKey.export({ format: 'jwk' }).x ?? '',
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
  };
}
