/**
 * The lock of a bundle: ECDH on P-256 with the cloud's public key, HKDF with SHA-256, AES-256-GCM. Made anew for each bundle; the PC keeps only the
 * key of the answer. The other side: src-cloud/functions/bundle-keys.ts.
 */
import { createCipheriv, createDecipheriv, createECDH, createHash, hkdfSync } from 'node:crypto';

export type BundleLock = {
  /** Names the cloud's key. */
  readonly cloudKey: string;
  /** This side of the agreement, base64url. */
  readonly ephemeral: string;
  /** Opens the answer (base64url); to be kept on the PC. */
  readonly answerKey: string;
  close(index: number, piece: Uint8Array): Uint8Array;
};

/** `cloudPublicKey`: 65 bytes in base64url. Throws when it is no point of the curve. */
export function createBundleLock(cloudPublicKey: string, bundle: string, deviceId: string): BundleLock {
  const theirs = Buffer.from(cloudPublicKey, 'base64url');
  const ecdh = createECDH('prime256v1');
  const mine = ecdh.generateKeys();
  const shared = ecdh.computeSecret(theirs);
  const salt = Buffer.concat([mine, theirs]);
  const keyFor = (purpose: 'changes' | 'answer'): Buffer =>
    Buffer.from(hkdfSync('sha256', shared, salt, `pulser-bundle 1\n${bundle}\n${deviceId}\n${purpose}`, 32));
  const key = keyFor('changes');
  return {
    cloudKey: createHash('sha256').update(theirs).digest('hex').slice(0, 16),
    ephemeral: mine.toString('base64url'),
    answerKey: keyFor('answer').toString('base64url'),
    close(index, piece) {
      // a nonce for this bundle's key only
      const nonce = Buffer.alloc(12);
      nonce.writeUInt32BE(index, 8);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(`piece ${index}`));
      return Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
    },
  };
}

/** Opens a piece of an answer; null when it was not locked by the cloud for this bundle. */
export function openAnswer(answerKey: string, index: number, piece: Uint8Array): Uint8Array | null {
  if (piece.length < 28) return null;
  const cipher = createDecipheriv('aes-256-gcm', Buffer.from(answerKey, 'base64url'), piece.subarray(0, 12))
    .setAAD(Buffer.from(`answer ${index}`))
    .setAuthTag(piece.subarray(-16));
  try {
    return Buffer.concat([cipher.update(piece.subarray(12, -16)), cipher.final()]);
  } catch {
    return null;
  }
}
