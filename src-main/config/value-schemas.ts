import { z } from 'zod';

/** Text of digits only, as an integer within bounds. "1e3", "15.0" and " 15" are not numbers a person meant to write here. */
export function wholeNumber(min: number, max: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An http(s) address without a trailing slash; `secure`: plain http only to this PC itself. */
export function httpUrl(secure: boolean): z.ZodType<string> {
  return z
    .string()
    .refine((value) => isHttpUrl(value, secure))
    .transform((value) => value.replace(/\/+$/, ''));
}

function isHttpUrl(value: string, secure: boolean): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && (!secure || loopback.has(url.hostname));
}

/** A key as the cloud hands it out: one word of printable characters. */
export const cloudKey = z.string().regex(/^[\x21-\x7e]{8,4096}$/);

/**
 * Whether a cloud key gives full rights over the project (a service role JWT, or a secret key of the newer form). Only the
 * key's own claim is read, no signature is checked: a forged claim could only make this PC refuse a key.
 */
export function isServiceRoleKey(key: string): boolean {
  if (key.startsWith('sb_secret_')) return true;
  const payload = key.split('.')[1];
  if (payload === undefined) return false;
  return roleOf(Buffer.from(payload, 'base64url').toString('utf8')) === 'service_role';
}

function roleOf(payload: string): string | null {
  try {
    const parsed = z.object({ role: z.string() }).safeParse(JSON.parse(payload));
    return parsed.success ? parsed.data.role : null;
  } catch {
    // Not JSON, so it carries no claim: an opaque key is judged by the cloud, not here.
    return null;
  }
}
