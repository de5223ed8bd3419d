import { fromBase64Url } from './http.ts';

/** Whether a text was signed with the Ed25519 key (RFC 8032) that this public key (32 bytes in base64url) belongs to. */
export async function isSigned(publicKey: string, signature: Uint8Array<ArrayBuffer>, text: string): Promise<boolean> {
  const raw = fromBase64Url(publicKey);
  if (!raw) return false;
  const key = await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'Ed25519' }, key, signature, new TextEncoder().encode(text));
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
