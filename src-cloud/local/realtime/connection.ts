import type { WebSocket } from 'ws';

import type { Claims } from '../auth/tokens.ts';
import type { Access } from './authorise.ts';
import {
  accessTokenSchema,
  broadcastSchema,
  type Channel,
  closing,
  joinSchema,
  reply,
  watchExpiry,
} from './channel.ts';
import { type Broadcast, type Frame, readFrame, type Version, writeBroadcast, writeFrame } from './protocol.ts';

export type ConnectionDeps = {
  readonly socket: WebSocket;
  readonly version: Version;
  /** The API key the connection was opened with: it speaks for a channel that brings no token. */
  readonly apiKey: string;
  readonly verify: (token: string) => Promise<Claims | undefined>;
  readonly authorise: (claims: Claims, topic: string) => Promise<Access>;
  /** Hands a client's broadcast to every subscriber of the same kind of channel. */
  readonly broadcast: (from: Connection, channel: Channel, message: Broadcast) => void;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
};

export type Connection = {
  /** Sends a broadcast to this connection's subscription, if it has one. */
  readonly deliver: (isPrivate: boolean, name: string, message: Broadcast) => void;
  readonly close: () => void;
};

// Clients send a heartbeat every 25 s; the real server gives up after 60.
const silenceMs = 60_000;

/** Serves one WebSocket. Frames are handled one after the other, as the real server's channel processes do. */
export function createConnection(deps: ConnectionDeps): Connection {
  const { socket, version } = deps;
  const channels = new Map<string, Channel>();
  let work = Promise.resolve();
  let silence = setTimeout(() => socket.terminate(), silenceMs).unref();

  const send = (frame: Frame): void => socket.send(writeFrame(version, frame));

  function drop(channel: Channel): void {
    clearTimeout(channel.expiry);
    if (channels.get(channel.topic) === channel) channels.delete(channel.topic);
  }

  function end(channel: Channel, message: string): void {
    if (channels.get(channel.topic) !== channel) return;
    drop(channel);
    for (const frame of closing(channel, message)) send(frame);
  }

  function watch(channel: Channel): void {
    watchExpiry(channel, deps.now, () => end(channel, 'Token has expired 0 seconds ago'));
  }

  async function join(frame: Frame): Promise<void> {
    const parsed = joinSchema.safeParse(frame.payload);
    if (!parsed.success || !frame.topic.startsWith('realtime:'))
      return send(reply(frame, 'error', { reason: 'Bad join' }));
    const { config, access_token: token } = parsed.data;
    if (config.postgres_changes.length > 0) {
      return send(
        reply(frame, 'error', { reason: 'The local stand-in for Realtime does not watch tables (postgres_changes).' }),
      );
    }
    const claims = await deps.verify(token ?? deps.apiKey);
    if (!claims)
      return send(reply(frame, 'error', { reason: 'InvalidJWTToken: Token has expired or is not of this cloud' }));
    const name = frame.topic.slice('realtime:'.length);
    let canWrite = true;
    if (config.private) {
      const access = await deps.authorise(claims, name);
      if (!access.read) return send(reply(frame, 'error', { reason: refusal(name) }));
      canWrite = access.write;
    }
    const before = channels.get(frame.topic);
    if (before) {
      drop(before);
      send({ joinRef: before.joinRef, ref: before.joinRef, topic: before.topic, event: 'phx_close', payload: {} });
    }
    const { ack, self } = config.broadcast;
    const channel: Channel = {
      topic: frame.topic,
      name,
      joinRef: frame.joinRef ?? frame.ref,
      private: config.private,
      ack,
      self,
      claims,
      canWrite,
      expiry: undefined,
    };
    channels.set(frame.topic, channel);
    watch(channel);
    send(reply(frame, 'ok', { postgres_changes: [] }));
  }

  async function renew(channel: Channel, frame: Frame): Promise<void> {
    const token = accessTokenSchema.safeParse(frame.payload).data?.access_token;
    if (token === undefined || token === null) return; // signed out: the token it has goes on until it runs out
    const claims = await deps.verify(token);
    if (!claims) return end(channel, 'Token has expired or is not of this cloud');
    channel.claims = claims;
    watch(channel);
    if (!channel.private) return;
    const access = await deps.authorise(claims, channel.name);
    channel.canWrite = access.write;
    if (!access.read) end(channel, refusal(channel.name));
  }

  function spread(channel: Channel, frame: Frame): void {
    const parsed = broadcastSchema.safeParse(frame.payload);
    if (!parsed.success) return;
    // As the real server: without the right to write nothing is sent, and nothing is acknowledged.
    if (!channel.canWrite) return;
    deps.broadcast(connection, channel, parsed.data);
    if (channel.ack) send(reply(frame, 'ok', {}));
  }

  async function handle(frame: Frame): Promise<void> {
    if (frame.topic === 'phoenix') return send(reply(frame, 'ok', {}));
    if (frame.event === 'phx_join') return join(frame);
    const channel = channels.get(frame.topic);
    if (!channel) return send(reply(frame, 'error', { reason: 'unmatched topic' }));
    if (frame.event === 'access_token') return renew(channel, frame);
    if (frame.event === 'broadcast') return spread(channel, frame);
    if (frame.event === 'phx_leave') {
      drop(channel);
      send(reply(frame, 'ok', {}));
      return send({
        joinRef: channel.joinRef,
        ref: channel.joinRef,
        topic: channel.topic,
        event: 'phx_close',
        payload: {},
      });
    }
    send(reply(frame, 'error', { reason: `The local stand-in for Realtime does not have "${frame.event}".` }));
  }

  socket.on('message', (data: Buffer, isBinary: boolean) => {
    clearTimeout(silence);
    silence = setTimeout(() => socket.terminate(), silenceMs).unref();
    const frame = readFrame(version, data, isBinary);
    if (!frame) return socket.close(1002, 'not a frame of this protocol');
    work = work
      .then(() => handle(frame))
      .catch((error: unknown) => {
        deps.onError(error);
        socket.close(1011, 'internal error');
      });
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    clearTimeout(silence);
    for (const channel of channels.values()) drop(channel);
  });

  const connection: Connection = {
    deliver(isPrivate, name, message) {
      const channel = channels.get(`realtime:${name}`);
      if (channel?.private === isPrivate) socket.send(writeBroadcast(version, channel.topic, message));
    },
    close: () => socket.terminate(),
  };
  return connection;
}

function refusal(topic: string): string {
  return `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`;
}
