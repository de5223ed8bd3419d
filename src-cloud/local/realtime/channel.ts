import { z } from 'zod';

import type { Claims } from '../auth/tokens.ts';
import type { Frame } from './protocol.ts';

/** What a join may ask for. Presence and changes of tables are not part of the stand-in. */
export const joinSchema = z.object({
  config: z
    .object({
      broadcast: z.object({ ack: z.boolean().default(false), self: z.boolean().default(false) }).prefault({}),
      private: z.boolean().default(false),
      postgres_changes: z.array(z.unknown()).default([]),
    })
    .prefault({}),
  access_token: z.string().nullish(),
});

export const broadcastSchema = z.object({ event: z.string(), payload: z.unknown() });
export const accessTokenSchema = z.object({ access_token: z.string().nullish() });

/** One subscription of one connection. */
export type Channel = {
  readonly topic: string;
  /** The topic without the `realtime:` that the protocol puts before it: what policies and senders call it. */
  readonly name: string;
  readonly joinRef: string | null;
  readonly private: boolean;
  readonly ack: boolean;
  readonly self: boolean;
  claims: Claims;
  canWrite: boolean;
  expiry: NodeJS.Timeout | undefined;
};

/** The answer to a frame. */
export function reply(frame: Frame, status: 'ok' | 'error', response: unknown): Frame {
  return {
    joinRef: frame.joinRef,
    ref: frame.ref,
    topic: frame.topic,
    event: 'phx_reply',
    payload: { status, response },
  };
}

/** The two frames with which the server ends a subscription, with the reason a client can show. */
export function closing(channel: Channel, message: string): Frame[] {
  const { topic, joinRef, name } = channel;
  const payload = { extension: 'system', status: 'error', message, channel: name };
  return [
    { joinRef, ref: null, topic, event: 'system', payload },
    { joinRef, ref: joinRef, topic, event: 'phx_close', payload: {} },
  ];
}

const longestTimer = 2 ** 31 - 1;

/** Calls back when the channel's token has run out. Replaces an earlier watch. */
export function watchExpiry(channel: Channel, now: () => number, onExpired: () => void): void {
  clearTimeout(channel.expiry);
  const { exp } = channel.claims;
  if (exp === undefined) return;
  const left = exp * 1000 - now();
  channel.expiry = setTimeout(
    () => (left > longestTimer ? watchExpiry(channel, now, onExpired) : onExpired()),
    Math.max(0, Math.min(left, longestTimer)),
  );
  channel.expiry.unref();
}
