/** What the functions share: reading a request, calling the project's own services, answering. */
import type { FunctionEnv } from './types.ts';

export type Called = { readonly ok: boolean; readonly status: number; readonly body: unknown };

/** Calls a database function with the service role; an unreachable one is a failed call. */
export async function callDatabase(env: FunctionEnv, name: string, args: object): Promise<Called> {
  const key = env.SUPABASE_SERVICE_ROLE_KEY;
  try {
    const response = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/${name}`, {
      method: 'POST',
      headers: { apikey: key, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(args),
    });
    const body: unknown = await response.json().catch(() => undefined);
    return { ok: response.ok, status: response.status, body };
  } catch {
    return { ok: false, status: 0, body: undefined };
  }
}

/** The JSON object of a POST; undefined when the request is none. */
export async function readPost(request: Request): Promise<Record<string, unknown> | undefined> {
  if (request.method !== 'POST') return undefined;
  return objectOf(await request.json().catch(() => undefined));
}

export function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** A text of 1 to `longest` characters without space around it; undefined for anything else. */
export function textOf(value: unknown, longest: number): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || text.length > longest ? undefined : text;
}

export function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } });
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined; // no base64: the caller says what was wrong
  }
}

export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Base64 in the usual alphabet, for what is large. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return text === '' ? undefined : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined; // no base64: the caller says what was wrong
  }
}

export function toBase64(bytes: Uint8Array): string {
  let letters = '';
  // as many at once as a call can have arguments
  for (let at = 0; at < bytes.length; at += 8192) letters += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(letters);
}
