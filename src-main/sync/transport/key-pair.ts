/** The key pair of a PC: Ed25519 (RFC 8032). The private key never leaves the PC's store. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';

/** Both parts as base64url text: the private one as PKCS#8, the public one as its 32 bytes. */
export type KeyPair = { readonly privateKey: string; readonly publicKey: string };

export function createKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  return keyPairOf(privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64url'));
}

/** The key pair that a private key belongs to. */
export function keyPairOf(privateKey: string): KeyPair {
  const { x } = createPublicKey(keyOf(privateKey)).export({ format: 'jwk' });
  return { privateKey, publicKey: x ?? '' };
}

/** Signs a text; answers base64url. */
export function signText(privateKey: string, text: string): string {
  return sign(null, Buffer.from(text), keyOf(privateKey)).toString('base64url');
}

/** Whether a text was signed with the key that this public key belongs to; false also for what is no key. */
export function isSignedText(publicKey: string, signature: string, text: string): boolean {
  if (!/^[\w-]{43}$/.test(publicKey)) return false;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
}

function keyOf(privateKey: string): ReturnType<typeof createPrivateKey> {
  return createPrivateKey({ key: Buffer.from(privateKey, 'base64url'), format: 'der', type: 'pkcs8' });
}
