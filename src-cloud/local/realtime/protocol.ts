import { z } from 'zod';

/** The two forms of the Phoenix protocol that supabase-js speaks. */
export type Version = '1.0.0' | '2.0.0';

/** One message of the Phoenix protocol. */
export type Frame = {
  readonly joinRef: string | null;
  readonly ref: string | null;
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
};

const refSchema = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((ref) => ref ?? null);
const objectSchema = z.object({
  topic: z.string(),
  event: z.string(),
  payload: z.unknown(),
  ref: refSchema,
  join_ref: refSchema,
});
const arraySchema = z.tuple([refSchema, refSchema, z.string(), z.string(), z.unknown()]);

const userBroadcastPush = 3;
const userBroadcast = 4;
const jsonEncoding = 1;

/** Reads what a client sent; `undefined` when it is no frame of that version. */
export function readFrame(version: Version, data: Buffer, isBinary: boolean): Frame | undefined {
  if (isBinary) return version === '2.0.0' ? readUserBroadcastPush(data) : undefined;
  let value: unknown;
  try {
    value = JSON.parse(data.toString('utf8'));
  } catch {
    return undefined; // the connection is closed with a protocol error
  }
  if (version === '1.0.0') {
    const parsed = objectSchema.safeParse(value);
    if (!parsed.success) return undefined;
    const { topic, event, payload, ref, join_ref: joinRef } = parsed.data;
    return { joinRef, ref, topic, event, payload };
  }
  const parsed = arraySchema.safeParse(value);
  if (!parsed.success) return undefined;
  const [joinRef, ref, topic, event, payload] = parsed.data;
  return { joinRef, ref, topic, event, payload };
}

/** Writes a frame in the text form of a version. */
export function writeFrame(version: Version, frame: Frame): string {
  const { joinRef, ref, topic, event, payload } = frame;
  return JSON.stringify(
    version === '1.0.0' ? { topic, event, payload, ref, join_ref: joinRef } : [joinRef, ref, topic, event, payload],
  );
}

/** A broadcast on its way to a subscriber. */
export type Broadcast = { readonly event: string; readonly payload: unknown; readonly id?: string };

/** Writes a broadcast for a subscriber: text in version 1, the binary user broadcast in version 2 (as the real server). */
export function writeBroadcast(version: Version, topic: string, message: Broadcast): string | Buffer {
  const meta = message.id === undefined ? undefined : { id: message.id };
  if (version === '1.0.0') {
    const payload = { type: 'broadcast', event: message.event, payload: message.payload, ...(meta ? { meta } : {}) };
    return writeFrame(version, { joinRef: null, ref: null, topic, event: 'broadcast', payload });
  }
  const parts = [topic, message.event, meta ? JSON.stringify(meta) : ''].map((text) => Buffer.from(text, 'utf8'));
  const lengths = parts.map((part) => part.length);
  if (lengths.some((length) => length > 255)) {
    const payload = { type: 'broadcast', event: message.event, payload: message.payload };
    return writeFrame(version, { joinRef: null, ref: null, topic, event: 'broadcast', payload });
  }
  const body = Buffer.from(JSON.stringify(message.payload ?? {}), 'utf8');
  return Buffer.concat([Buffer.from([userBroadcast, ...lengths, jsonEncoding]), ...parts, body]);
}

/** kind, five lengths, encoding, then: join ref, ref, topic, event, metadata, payload. */
function readUserBroadcastPush(data: Buffer): Frame | undefined {
  if (data.length < 7 || data[0] !== userBroadcastPush || data[6] !== jsonEncoding) return undefined;
  let at = 7;
  const [joinRef, ref, topic, event] = [1, 2, 3, 4, 5].map((index) => {
    const text = data.toString('utf8', at, at + (data[index] ?? 0));
    at += data[index] ?? 0;
    return text;
  });
  if (at > data.length || topic === undefined || event === undefined) return undefined;
  try {
    const payload: unknown = JSON.parse(data.toString('utf8', at));
    return {
      joinRef: joinRef || null,
      ref: ref || null,
      topic,
      event: 'broadcast',
      payload: { type: 'broadcast', event, payload },
    };
  } catch {
    return undefined; // the connection is closed with a protocol error
  }
}
