import { createHash } from 'node:crypto';

/** The namespace of all ids that follow from content; part of the data format, never to be changed. */
const namespace = Buffer.from('8f0c5b7e2d1a4c3b9e6f7a1b2c3d4e5f', 'hex');

/**
 * A UUIDv5 (RFC 9562) that follows from its parts: the same parts give the same id on every PC and at every time.
 * Parts are kept apart, so that ('a', 'bc') and ('ab', 'c') differ.
 */
export function derivedId(...parts: readonly string[]): string {
  return uuidText(digest(parts), 5);
}

/**
 * A UUIDv8 that follows from its parts like derivedId, but sorts by `order` (an integer from 0 to 2^48 - 1, e.g. milliseconds).
 * Rows written in that order land side by side in the file: an import of random ids would touch a page for each row.
 */
export function orderedId(order: number, ...parts: readonly string[]): string {
  const bytes = digest(parts);
  bytes.writeUIntBE(order, 0, 6);
  return uuidText(bytes, 8);
}

function digest(parts: readonly string[]): Buffer {
  return createHash('sha1').update(namespace).update(parts.join('\u0000')).digest();
}

function uuidText(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The order in which an id stands among others: what orderedId was given, or the milliseconds of a UUIDv7. */
export function orderOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The id of the stock level of a product in a store: two PCs that count the same product meet in the same row. */
export function stockLevelId(storeId: string, productId: string): string {
  return derivedId('stock-level', storeId, productId);
}
