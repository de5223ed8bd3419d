import { z } from 'zod';
import type { EventName } from '#shared/contract/commands.ts';
import { eventNames } from '#shared/contract/commands.ts';

/** What travels between a caller and a host that are apart. */
export const callFrame = z.strictObject({ kind: z.literal('call'), id: z.int(), name: z.string(), input: z.unknown() });
export const answerFrame = z.strictObject({ kind: z.literal('answer'), id: z.int(), result: z.unknown() });
export const eventFrame = z.strictObject({
  kind: z.literal('event'),
  event: z.enum(eventNames as [EventName, ...EventName[]]),
  data: z.unknown(),
});
export const frame = z.discriminatedUnion('kind', [callFrame, answerFrame, eventFrame]);
export type Frame = z.infer<typeof frame>;

/** A two-way line of frames; messages arrive in order or the line closes. */
export type Channel = {
  send(frame: Frame): void;
  onFrame(listener: (frame: Frame) => void): void;
  /** Calls once, also when the line is already closed. */
  onClose(listener: () => void): void;
  close(): void;
};
