/**
 * Packs text so that stock PostgreSQL can unpack it: an OpenPGP message, symmetrically encrypted under a constant password, whose content is
 * a compressed-data packet (ZIP). pgcrypto's pgp_sym_decrypt inflates it. The password makes it a container, not a secret.
 * Packet formats: RFC 4880, sections 4.2, 5.3, 5.6, 5.9, 5.13 and 5.14.
 */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

const password = 'pulser';
const aes128 = 7;
const sha1 = 2;
const zip = 1;

/** The packed text in base64. Level 1 compression: the slow part is the network, but the PC is slow too. */
export function pack(text: string): string {
  const body = Buffer.from(text, 'utf8');
  const literal = packet(11, Buffer.concat([Buffer.from('u'), Buffer.from([0]), Buffer.alloc(4), body]));
  const compressed = packet(8, Buffer.concat([Buffer.from([zip]), deflateRawSync(literal, { level: 1 })]));
  return Buffer.concat([sessionKeyPacket(), encryptedPacket(compressed)]).toString('base64');
}

/** Version 4, AES-128, simple string-to-key with SHA-1: the session key is derived from the password. */
function sessionKeyPacket(): Buffer {
  return packet(3, Buffer.from([4, aes128, 0, sha1]));
}

/** Encrypted with integrity protection: CFB from a zero vector, a random prefix whose last two bytes repeat, SHA-1 at the end. */
function encryptedPacket(content: Buffer): Buffer {
  const key = createHash('sha1').update(password).digest().subarray(0, 16);
  const prefix = randomBytes(16);
  const head = Buffer.concat([prefix, prefix.subarray(14), content, Buffer.from([0xd3, 0x14])]);
  const plain = Buffer.concat([head, createHash('sha1').update(head).digest()]);
  const cipher = createCipheriv('aes-128-cfb', key, Buffer.alloc(16));
  return packet(18, Buffer.concat([Buffer.from([1]), cipher.update(plain), cipher.final()]));
}

/** A packet in the new format with a five-octet length. */
function packet(tag: number, body: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head[0] = 0xc0 | tag;
  head[1] = 0xff;
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}
