import { hashCode } from './enrolment-code.ts';
import type { FunctionEnv } from './types.ts';

/** What a PC gets when it is enrolled: who it is, and a sign-in of its own that can be revoked. */
type Enrolled = {
  readonly deviceId: string;
  readonly deviceName: string;
  readonly storeId: string;
  readonly storeName: string;
  readonly counter: number;
  readonly epoch: number;
  readonly email: string;
  readonly password: string;
};

const attempts = 3;

/**
 * `POST {code, deviceName}`: uses up a one-time code and answers `Enrolled`. Failures are `{code, message}`: 400 `bad-input`,
 * 403 `code-refused` (wrong, used or too old), 503 `cloud-busy`; after each of them no sign-in is left behind.
 */
export async function enrol(request: Request, env: FunctionEnv): Promise<Response> {
  if (request.method !== 'POST') return answer(405, { code: 'bad-input', message: 'Use POST.' });
  const input = await readInput(request);
  if (!input)
    return answer(400, { code: 'bad-input', message: 'A code and a device name of 1 to 80 characters are needed.' });

  const call = caller(env);
  const email = `device-${crypto.randomUUID()}@devices.invalid`;
  const password = randomText(32);
  const user = await call('POST', '/auth/v1/admin/users', { email, password, email_confirm: true });
  const userId = stringIn(user.body, 'id');
  if (!user.ok || userId === undefined) return busy('no sign-in could be made');

  const taken = await call('POST', '/rest/v1/rpc/enrol_device', {
    p_code_hash: await hashCode(input.code),
    p_device_name: input.deviceName,
    p_auth_user: userId,
  });
  const enrolled = taken.ok ? readEnrolled(taken.body, email, password) : undefined;
  if (!enrolled) {
    await call('DELETE', `/auth/v1/admin/users/${userId}`);
    if (taken.status === 403)
      return answer(403, { code: 'code-refused', message: 'This enrolment code is wrong, used or too old.' });
    return busy('the code could not be checked');
  }

  // The code is used up now: try hard to finish.
  const claims = { app_metadata: { device_id: enrolled.deviceId, store_id: enrolled.storeId, kind: 'device' } };
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if ((await call('PUT', `/auth/v1/admin/users/${userId}`, claims)).ok) return answer(200, enrolled);
  }
  await call('POST', '/rest/v1/rpc/revoke_device', { p_device_id: enrolled.deviceId });
  await call('DELETE', `/auth/v1/admin/users/${userId}`);
  return busy('the sign-in could not be finished; a new code is needed');
}

async function readInput(request: Request): Promise<{ code: string; deviceName: string } | undefined> {
  const body: unknown = await request.json().catch(() => undefined);
  const code = stringIn(body, 'code')?.trim();
  const deviceName = stringIn(body, 'deviceName')?.trim();
  if (!code || code.length > 64 || !deviceName || deviceName.length > 80) return undefined;
  return { code, deviceName };
}

function readEnrolled(body: unknown, email: string, password: string): Enrolled | undefined {
  const deviceId = stringIn(body, 'device_id');
  const deviceName = stringIn(body, 'device_name');
  const storeId = stringIn(body, 'store_id');
  const storeName = stringIn(body, 'store_name');
  const { counter, epoch } = body as { counter: unknown; epoch: unknown };
  if (deviceId === undefined || deviceName === undefined || storeId === undefined || storeName === undefined)
    return undefined;
  if (typeof counter !== 'number' || typeof epoch !== 'number') return undefined;
  return { deviceId, deviceName, storeId, storeName, counter, epoch, email, password };
}

type Called = { readonly ok: boolean; readonly status: number; readonly body: unknown };

/** Calls the project's own services with the service role; an unreachable one is a failed call. */
function caller(env: FunctionEnv): (method: string, path: string, body?: object) => Promise<Called> {
  const key = env.SUPABASE_SERVICE_ROLE_KEY;
  const headers = { apikey: key, authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return async (method, path, body) => {
    try {
      const response = await fetch(env.SUPABASE_URL + path, {
        method,
        headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const parsed: unknown = await response.json().catch(() => undefined);
      return { ok: response.ok, status: response.status, body: parsed };
    } catch {
      return { ok: false, status: 0, body: undefined };
    }
  };
}

function stringIn(body: unknown, name: string): string | undefined {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function randomText(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...random))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function busy(what: string): Response {
  return answer(503, { code: 'cloud-busy', message: `The PC was not enrolled: ${what}.` });
}

function answer(status: number, body: object): Response {
  return Response.json(body, { status });
}
