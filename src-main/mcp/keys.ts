import { createHmac, timingSafeEqual } from 'node:crypto';
import { readMeta, writeMeta } from '#main/store/meta.ts';
import type { Store } from '#main/store/types.ts';

/** Signs what goes out to clients and has to come back unchanged. */
export type Signer = {
  /** A key for one purpose, 32 bytes. */
  keyFor(purpose: string): Uint8Array;
  sign(purpose: string, text: string): string;
  verify(purpose: string, text: string, signature: string): boolean;
};

/** The signing key lies in the store, so that what was signed is still good after a restart; it is made at the first use. */
export function createSigner(store: Store, random: (bytes: Uint8Array) => Uint8Array): Signer {
  const kept = readMeta<string>(store.read, 'mcp_key');
  const key = kept === undefined ? Buffer.from(random(new Uint8Array(32))) : Buffer.from(kept, 'base64url');
  if (kept === undefined) store.apply(null, (db) => writeMeta(db, 'mcp_key', key.toString('base64url')));
  const mac = (purpose: string, text: string): Buffer => createHmac('sha256', keyFor(purpose)).update(text).digest();
  const keyFor = (purpose: string): Uint8Array => createHmac('sha256', key).update(`key for ${purpose}`).digest();

  return {
    keyFor,
    sign: (purpose, text) => mac(purpose, text).toString('base64url'),
    verify(purpose, text, signature) {
      const wanted = mac(purpose, text);
      const given = Buffer.from(signature, 'base64url');
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    },
  };
}
