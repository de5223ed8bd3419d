/**
 * The keys with which only the cloud opens change bundles: ECDH on P-256, then HKDF with SHA-256, then AES-256-GCM. A bundle brings its own half of
 * the agreement; the key that follows is good for that one bundle of that one PC, and another one for the answer to it.
 */
import { fromBase64Url, toBase64Url } from './http.ts';
import type { FunctionEnv } from './types.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** One of the cloud's keys. `publicKey`: 65 bytes in base64url, `id`: the first 16 hex digits of their SHA-256. */
type CloudKey = { readonly id: string; readonly publicKey: string; readonly privateKey: WebKey };

const curve = { name: 'ECDH', namedCurve: 'P-256' };

/** The cloud's keys, the one that PCs are told first; none where bundles were not set up. */
export async function cloudKeys(env: FunctionEnv): Promise<CloudKey[]> {
  const texts = (env.PULSER_BUNDLE_KEY ?? '').split(/\s+/).filter((text) => text !== '');
  return Promise.all(texts.map(readKey));
}

/** Makes a key for `PULSER_BUNDLE_KEY`: a private key as PKCS#8 in base64url. */
export async function createCloudKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
  return toBase64Url(new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey)));
}

async function readKey(text: string): Promise<CloudKey> {
  const bytes = fromBase64Url(text);
  if (!bytes) throw new Error('PULSER_BUNDLE_KEY is no key');
  const privateKey = await crypto.subtle.importKey('pkcs8', bytes, curve, true, ['deriveBits']);
  const { x, y } = await crypto.subtle.exportKey('jwk', privateKey);
  const raw = new Uint8Array([4, ...(fromBase64Url(x ?? '') ?? []), ...(fromBase64Url(y ?? '') ?? [])]);
  return { id: (await sha256Hex(raw)).slice(0, 16), publicKey: toBase64Url(raw), privateKey };
}

export async function sha256Hex(bytes: Bytes): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Which bundle of which PC, and its half of the agreement (base64url). */
type Agreement = { readonly bundle: string; readonly deviceId: string; readonly ephemeral: string };

/** Opens the pieces of a bundle and locks the answers to it. */
type BundleLock = {
  /** Throws when the piece is not what the PC wrote. */
  open(index: number, piece: Bytes): Promise<Bytes>;
  /** A random nonce of 12 bytes, and what is locked with it. */
  close(index: number, answer: Bytes): Promise<Bytes>;
};

/** Throws when the bundle's half is no point of the curve. */
export async function bundleLock(
  key: CloudKey,
  { bundle, deviceId, ephemeral }: Agreement,
  random: (bytes: Bytes) => Bytes = (bytes) => crypto.getRandomValues(bytes),
): Promise<BundleLock> {
  const theirs = fromBase64Url(ephemeral) ?? new Uint8Array();
  const publicKey = await crypto.subtle.importKey('raw', theirs, curve, false, []);
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: publicKey }, key.privateKey, 256);
  const secret = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const salt = new Uint8Array([...theirs, ...(fromBase64Url(key.publicKey) ?? [])]);
  const keyFor = (purpose: 'changes' | 'answer', use: 'encrypt' | 'decrypt'): Promise<WebKey> =>
    crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt, info: utf8(`pulser-bundle 1\n${bundle}\n${deviceId}\n${purpose}`) },
      secret,
      { name: 'AES-GCM', length: 256 },
      false,
      [use],
    );
  return {
    async open(index, piece) {
      // the key is this bundle's own, so the number of the piece is nonce enough
      const iv = new Uint8Array(12);
      new DataView(iv.buffer).setUint32(8, index);
      const gcm = { name: 'AES-GCM', iv, additionalData: utf8(`piece ${index}`) };
      return new Uint8Array(await crypto.subtle.decrypt(gcm, await keyFor('changes', 'decrypt'), piece));
    },
    async close(index, answer) {
      const iv = random(new Uint8Array(12));
      const gcm = { name: 'AES-GCM', iv, additionalData: utf8(`answer ${index}`) };
      const locked = await crypto.subtle.encrypt(gcm, await keyFor('answer', 'encrypt'), answer);
      return new Uint8Array([...iv, ...new Uint8Array(locked)]);
    },
  };
}

function utf8(value: string): Bytes {
  return new TextEncoder().encode(value);
}
