/** Tokens with which a PC, or a function in its place, calls the database. */
import { toBase64Url } from './http.ts';
import type { FunctionEnv } from './types.ts';

export type TokenFor = { readonly deviceId: string; readonly storeId: unknown };

/** A token made out to a PC. `now` in ms UTC by the cloud's clock. */
export function deviceToken(
  env: FunctionEnv,
  { deviceId, storeId }: TokenFor,
  now: number,
  lifetimeSeconds: number,
): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const claims = {
    iss: `${env.SUPABASE_URL}/auth/v1`,
    aud: 'authenticated',
    role: 'authenticated',
    sub: deviceId,
    iat: seconds,
    exp: seconds + lifetimeSeconds,
    app_metadata: { device_id: deviceId, store_id: storeId, kind: 'device' },
  };
  return signToken(claims, env.PULSER_JWT_SECRET);
}

/** A JSON Web Token (RFC 7519), signed with HMAC-SHA256. */
async function signToken(claims: object, secret: string): Promise<string> {
  const encode = (value: object): string => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey('raw', bytes.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  return `${content}.${toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes.encode(content))))}`;
}
