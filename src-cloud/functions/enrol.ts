import { hashCode } from './enrolment-code.ts';
import { answer, callDatabase, fromBase64Url, objectOf, readPost, textOf } from './http.ts';
import type { FunctionEnv } from './types.ts';

/**
 * `POST {code, deviceName, publicKey}`: uses up a one-time code and makes the holder of the Ed25519 key pair (32 bytes in base64url) a PC
 * of the code's store. Answers `{deviceId, deviceName, storeId, storeName, counter, epoch}`; the same code with the same key gets the same
 * answer again. Failures are `{code, message}`: 400 `bad-input`, 403 `code-refused` (wrong, used or too old), 429 `cloud-busy` with
 * Retry-After (too many wrong codes), 503 `cloud-busy`.
 */
export async function enrol(request: Request, env: FunctionEnv): Promise<Response> {
  const input = await readPost(request);
  const code = textOf(input?.['code'], 64);
  const deviceName = textOf(input?.['deviceName'], 80);
  const publicKey = textOf(input?.['publicKey'], 43);
  if (!code || !deviceName || !publicKey || fromBase64Url(publicKey)?.length !== 32) {
    return answer(400, {
      code: 'bad-input',
      message: 'A code, a device name of 1 to 80 characters and a public key are needed.',
    });
  }
  const taken = await callDatabase(env, 'enrol_device', {
    p_code_hash: await hashCode(code),
    p_device_name: deviceName,
    p_public_key: publicKey,
    p_source: sourceOf(request),
  });
  const body = objectOf(taken.body);
  const device = objectOf(body?.['device']);
  if (taken.ok && device) return answer(200, device);
  if (body?.['refused'] === 'code')
    return answer(403, { code: 'code-refused', message: 'This enrolment code is wrong, used or too old.' });
  if (body?.['refused'] === 'busy')
    return answer(429, { code: 'cloud-busy', message: 'Too many wrong codes.' }, { 'retry-after': '60' });
  return answer(503, { code: 'cloud-busy', message: 'The PC was not enrolled: the code could not be checked.' });
}

/** Where a request comes from, as far as the gateway in front tells. It may lie, so the count of all wrong codes has a bound too. */
function sourceOf(request: Request): string {
  return (request.headers.get('x-forwarded-for') ?? '').split(',')[0]?.trim().slice(0, 64) ?? '';
}
