/**
 * Files that carry changes without a network: a change bundle (`*.pulserbundle`) from a PC to the cloud, and the cloud's answer
 * (`*.pulseranswer`) back. Both are a line that says what they are, a header in JSON on one line, and after that pieces of bytes whose lengths
 * and SHA-256 stand in the header. A bundle's header is followed by a line with its signature. Only the cloud, or the PC, can read the pieces.
 */
import { z } from 'zod';

export const bundleExtension = 'pulserbundle';
export const answerExtension = 'pulseranswer';

const bundleLine = 'PULSER-BUNDLE 1';
const answerLine = 'PULSER-ANSWER 1';
const newerLine = /^PULSER-(BUNDLE|ANSWER) \d+$/;

/** What a bundle's signature is over, before its header. */
export const signedPrefix = 'pulser-bundle\n';

const piece = z.object({ bytes: z.int().positive(), sha256: z.string().length(64) });

const bundleHeader = z.object({
  id: z.uuid(),
  deviceId: z.uuid(),
  deviceName: z.string(),
  storeId: z.string(),
  storeName: z.string(),
  /** The device's public key (Ed25519), base64url. */
  key: z.string(),
  /** The cloud's key that the pieces are locked for, and this file's half of the agreement (ECDH P-256, base64url). */
  cloudKey: z.string(),
  ephemeral: z.string(),
  /** The cloud's, as the PC knew it. */
  epoch: z.int(),
  firstBatch: z.int(),
  lastBatch: z.int(),
  batches: z.int(),
  operations: z.int(),
  /** Milliseconds since 1970 by the PC's clock. */
  createdAt: z.int(),
  app: z.string(),
  pieces: z.array(piece).min(1),
});
export type BundleHeader = z.infer<typeof bundleHeader>;

const answerHeader = z.object({
  /** The bundle that is answered. */
  bundle: z.uuid(),
  deviceId: z.string(),
  deviceName: z.string(),
  storeName: z.string(),
  batches: z.int(),
  operations: z.int(),
  pieces: z.array(piece).min(1),
});
export type AnswerHeader = z.infer<typeof answerHeader>;

/** One piece, read: lies at `start` of the file. */
export type PieceAt = { readonly start: number; readonly bytes: number; readonly sha256: string };

export type BundleFile =
  | {
      readonly kind: 'bundle';
      readonly header: BundleHeader;
      /** The header as it was signed. */
      readonly headerText: string;
      readonly signature: string;
      readonly pieces: readonly PieceAt[];
    }
  | { readonly kind: 'answer'; readonly header: AnswerHeader; readonly pieces: readonly PieceAt[] };

/** Why a file cannot be used: it is none of these, was written by a later version, or is damaged. */
export type FileProblem = 'other' | 'newer' | 'damaged';

/** Reads what a file says of itself and whether it is whole; the pieces are not looked into. */
export function readBundleFile(file: Uint8Array): BundleFile | FileProblem {
  const first = lineAt(file, 0);
  if (first === null) return 'other';
  if (first.text !== bundleLine && first.text !== answerLine) return newerLine.test(first.text) ? 'newer' : 'other';
  const second = lineAt(file, first.next);
  if (second === null) return 'damaged';
  if (first.text === answerLine) {
    const header = answerHeader.safeParse(parseJson(second.text));
    const pieces = header.success ? placesOf(header.data.pieces, second.next, file.length) : null;
    return header.success && pieces ? { kind: 'answer', header: header.data, pieces } : 'damaged';
  }
  const third = lineAt(file, second.next);
  const header = bundleHeader.safeParse(parseJson(second.text));
  const pieces = header.success && third ? placesOf(header.data.pieces, third.next, file.length) : null;
  if (!header.success || third === null || pieces === null) return 'damaged';
  return { kind: 'bundle', header: header.data, headerText: second.text, signature: third.text, pieces };
}

/** The bytes of a bundle, from its header as it was signed. */
export function writeBundle(headerText: string, signature: string, pieces: readonly Uint8Array[]): Uint8Array {
  return joined([`${bundleLine}\n${headerText}\n${signature}\n`, ...pieces]);
}

/** The bytes of an answer. */
export function writeAnswer(header: AnswerHeader, pieces: readonly Uint8Array[]): Uint8Array {
  return joined([`${answerLine}\n${JSON.stringify(header)}\n`, ...pieces]);
}

function joined([head, ...pieces]: [string, ...Uint8Array[]]): Uint8Array {
  const start = new TextEncoder().encode(head);
  const file = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, start.length));
  file.set(start);
  let at = start.length;
  for (const one of pieces) {
    file.set(one, at);
    at += one.length;
  }
  return file;
}

const newline = 10;
/** No line of these files is longer. */
const longestLine = 4_000_000;

function lineAt(file: Uint8Array, start: number): { text: string; next: number } | null {
  const end = file.indexOf(newline, start);
  if (end < 0 || end - start > longestLine) return null;
  return { text: new TextDecoder().decode(file.subarray(start, end)), next: end + 1 };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no header: the caller says that the file is damaged
  }
}

/** Null when the file is shorter or longer than its pieces. */
function placesOf(
  pieces: readonly { bytes: number; sha256: string }[],
  start: number,
  length: number,
): PieceAt[] | null {
  let at = start;
  const places = pieces.map(({ bytes, sha256 }) => {
    const place = { start: at, bytes, sha256 };
    at += bytes;
    return place;
  });
  return at === length ? places : null;
}

/** Why the cloud takes no more of a bundle; what it took before stays taken. */
export const bundleStops = [
  'unknown-device',
  'bad-signature',
  'damaged',
  'unknown-key',
  'revoked',
  'epoch',
  'gap',
  'forked',
  'too-large',
  'busy',
] as const;
export type BundleStop = (typeof bundleStops)[number];

/** What the cloud says to one piece of a bundle. */
export const pieceAnswer = z.object({
  batches: z.array(
    z.object({
      batch: z.int(),
      /** `known`: it had come before, by the network or in another bundle. */
      status: z.enum(['taken', 'known']),
      operations: z.int(),
      /** Local transactions that were refused, or held behind one. */
      refused: z.int(),
      held: z.int(),
    }),
  ),
  stopped: z.object({ code: z.enum(bundleStops), detail: z.string() }).nullable(),
  /** For the PC that made the bundle, locked for it, in base64; null when nothing was taken. */
  answer: z.string().nullable(),
});
export type PieceAnswer = z.infer<typeof pieceAnswer>;
