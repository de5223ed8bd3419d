/** What the tests of the local cloud share. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { createClient, type SupabaseClient } from '@supabase/supabase-js';

import type { Provision } from './provision.ts';
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

/** Adds one more store; answers its id. */
export function addStore(provision: Provision): Promise<string> {
  return provision.createStore({
    code: randomUUID(),
    name: 'Aling Nena',
    region: 'IV-A',
    province: 'Laguna',
    city: 'Calamba',
    barangay: 'Real',
  });
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

/** A PC as the cloud's functions know it, with what its key signs. */
export type TestDevice = {
  readonly id: string;
  readonly keys: ReturnType<typeof testKeys>;
  /** A body for the function `token`, with whatever is given in place of the right values. */
  readonly assertion: (instead?: { deviceId?: string; at?: number; nonce?: string }) => Record<string, unknown>;
  /** Signs in; answers the token. */
  readonly token: () => Promise<string>;
  /** An unmodified client that uses a token of this PC. */
  readonly client: () => Promise<SupabaseClient>;
};

/** Enrols a PC with a code. */
export async function enrolDevice(cloud: Reach, code: string, deviceName = 'Counter'): Promise<TestDevice> {
  const keys = testKeys();
  const response = await callFunction(cloud, 'enrol', { code, deviceName, publicKey: keys.publicKey });
  if (!response.ok) throw new Error(await response.text());
  return deviceOf(cloud, ((await response.json()) as { deviceId: string }).deviceId, keys);
}

/** A PC that is there already. */
export function deviceOf(cloud: Reach, id: string, keys: ReturnType<typeof testKeys>): TestDevice {
  const assertion: TestDevice['assertion'] = (instead = {}) => {
    const said = { deviceId: id, at: Date.now(), nonce: crypto.randomUUID(), ...instead };
    return { ...said, signature: keys.sign(['pulser-sign-in', said.deviceId, said.at, said.nonce].join('\n')) };
  };
  const token = async (): Promise<string> => {
    const response = await callFunction(cloud, 'token', assertion());
    if (!response.ok) throw new Error(await response.text());
    return ((await response.json()) as { token: string }).token;
  };
  return {
    id,
    keys,
    assertion,
    token,
    client: async () => {
      const own = await token();
      return createClient(cloud.url, cloud.anonKey, { accessToken: () => Promise.resolve(own) });
    },
  };
}

/** Calls an Edge Function as a PC that is not signed in. */
export function callFunction(cloud: Reach, name: string, body: unknown): Promise<Response> {
  return fetch(`${cloud.url}/functions/v1/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.anonKey}` },
    body: JSON.stringify(body),
  });
}
