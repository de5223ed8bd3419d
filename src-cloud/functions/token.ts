import { cloudKeys } from './bundle-keys.ts';
import { deviceToken } from './device-token.ts';
import { answer, callDatabase, fromBase64Url, objectOf, readPost, textOf } from './http.ts';
import { isSigned, isUuid } from './signature.ts';
import type { FunctionEnv } from './types.ts';

/** How long a token lives: what a stolen one is worth. */
const lifetimeSeconds = 15 * 60;

/**
 * `POST {deviceId, at, nonce, signature}`: the sign-in of a PC. It signs `pulser-sign-in`, its id, its time (ms UTC) and a nonce, one a
 * line, with its Ed25519 key (base64url). Answers `{token, expiresIn, now, bundleKey}`: a token of 15 minutes, the cloud's time in ms, and the key that
 * change bundles are locked with (see bundle-keys.ts; none where bundles were not set up).
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
  // a key that cannot be read keeps nobody from signing in, only from learning it
  const [bundleKey] = await cloudKeys(env).catch(() => []);
  return answer(200, {
    token: await deviceToken(env, { deviceId, storeId: said?.['store'] }, now, lifetimeSeconds),
    expiresIn: lifetimeSeconds,
    now,
    ...(bundleKey === undefined ? {} : { bundleKey: bundleKey.publicKey }),
  });
}

function busy(): Response {
  return answer(503, { code: 'cloud-busy', message: 'The PC could not be signed in now.' });
}
