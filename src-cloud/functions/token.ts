import { answer, callDatabase, fromBase64Url, objectOf, readPost, textOf, toBase64Url } from './http.ts';
import type { FunctionEnv } from './types.ts';

/** How long a token lives: what a stolen one is worth. */
const lifetimeSeconds = 15 * 60;

/**
 * `POST {deviceId, at, nonce, signature}`: the sign-in of a PC. It signs `pulser-sign-in`, its id, its time (ms UTC) and a nonce, one a
 * line, with its Ed25519 key (base64url). Answers `{token, expiresIn, now}`: a token of 15 minutes, and the cloud's time in ms.
 * Failures are `{code, message}`: 400 `bad-input`, 401 `unknown-device` or `bad-signature`, 403 `revoked`, 409 `clock` with `now` (the PC's clock is more
 * than a minute off: sign again with that time) or `nonce` (seen before), 503 `cloud-busy`.
 */
export async function token(request: Request, env: FunctionEnv): Promise<Response> {
  const input = await readPost(request);
  const deviceId = textOf(input?.['deviceId'], 36);
  const nonce = textOf(input?.['nonce'], 64);
  const signature = fromBase64Url(textOf(input?.['signature'], 100) ?? '');
  const at = input?.['at'];
  if (!deviceId || !isUuid(deviceId) || !nonce || !signature || typeof at !== 'number' || !Number.isSafeInteger(at))
    return answer(400, { code: 'bad-input', message: 'A device, a time, a nonce and a signature are needed.' });

  const found = await callDatabase(env, 'device_key', { p_device: deviceId });
  if (!found.ok) return busy();
  if (typeof found.body !== 'string')
    return answer(401, { code: 'unknown-device', message: 'No PC with a key has that id.' });
  const signed = ['pulser-sign-in', deviceId, at, nonce].join('\n');
  if (!(await isSigned(found.body, signature, signed)))
    return answer(401, { code: 'bad-signature', message: 'The signature is not from the key of this PC.' });

  const allowed = await callDatabase(env, 'device_sign_in', { p_device: deviceId, p_at: at, p_nonce: nonce });
  const said = objectOf(allowed.body);
  const now = said?.['now'];
  if (!allowed.ok || typeof now !== 'number') return busy();
  switch (said?.['refused']) {
    case undefined:
      break;
    case 'revoked':
      return answer(403, { code: 'revoked', message: 'This PC was removed from its store.' });
    case 'clock':
      return answer(409, { code: 'clock', message: "The PC's clock is wrong.", now });
    default:
      return answer(409, { code: 'nonce', message: 'This sign-in was used before.', now });
  }
  const seconds = Math.floor(now / 1000);
  const claims = {
    iss: `${env.SUPABASE_URL}/auth/v1`,
    aud: 'authenticated',
    role: 'authenticated',
    sub: deviceId,
    iat: seconds,
    exp: seconds + lifetimeSeconds,
    app_metadata: { device_id: deviceId, store_id: said?.['store'], kind: 'device' },
  };
  return answer(200, {
    token: await signToken(claims, env.PULSER_JWT_SECRET),
    expiresIn: lifetimeSeconds,
    now,
  });
}

async function isSigned(publicKey: string, signature: Uint8Array<ArrayBuffer>, text: string): Promise<boolean> {
  const raw = fromBase64Url(publicKey);
  if (!raw) return false;
  const key = await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'Ed25519' }, key, signature, new TextEncoder().encode(text));
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

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function busy(): Response {
  return answer(503, { code: 'cloud-busy', message: 'The PC could not be signed in now.' });
}
