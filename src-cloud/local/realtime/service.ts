import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Pool } from 'pg';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';

import { bearerOf, type Tokens } from '../auth/tokens.ts';
import { type Answer, empty, json, readJson } from '../gateway/answer.ts';
import type { Service } from '../gateway/gateway.ts';
import { authorise } from './authorise.ts';
import { type Connection, createConnection } from './connection.ts';
import { listenToMessages } from './messages.ts';
import type { Broadcast } from './protocol.ts';

type RealtimeDeps = {
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly tokens: Tokens;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
};

export type Realtime = {
  readonly service: Service;
  /** Takes over the handshake of a WebSocket whose API key was checked. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, apiKey: string) => void;
  readonly close: () => Promise<void>;
};

const maxFrameBytes = 1024 * 1024;
const sendSchema = z.object({
  messages: z.array(
    z.object({ topic: z.string(), event: z.string(), payload: z.unknown(), private: z.boolean().default(false) }),
  ),
});

/** Starts the stand-in for Realtime: broadcast, from clients and from the database, on public and private channels. */
export async function createRealtime(deps: RealtimeDeps): Promise<Realtime> {
  const server = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes });
  const connections = new Set<Connection>();

  function deliver(isPrivate: boolean, name: string, message: Broadcast, except?: Connection): void {
    for (const connection of connections) if (connection !== except) connection.deliver(isPrivate, name, message);
  }

  const messages = await listenToMessages({
    databaseUrl: deps.databaseUrl,
    pool: deps.pool,
    onMessage: ({ id, event, payload, topic, private: isPrivate }) => deliver(isPrivate, topic, { id, event, payload }),
    onError: deps.onError,
  });

  function open(socket: WebSocket, url: URL, apiKey: string): void {
    const connection = createConnection({
      socket,
      version: url.searchParams.get('vsn') === '2.0.0' ? '2.0.0' : '1.0.0',
      apiKey,
      verify: deps.tokens.verify,
      authorise: (claims, topic) => authorise(deps.pool, claims, topic),
      broadcast: (from, channel, message) =>
        deliver(channel.private, channel.name, message, channel.self ? undefined : from),
      now: deps.now,
      onError: deps.onError,
    });
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  }

  /** `POST /api/broadcast`: sending without a subscription. */
  async function send(request: IncomingMessage): Promise<Answer> {
    const parsed = sendSchema.safeParse(await readJson(request));
    if (!parsed.success) return json(422, { message: z.prettifyError(parsed.error) });
    const claims = await deps.tokens.verify(bearerOf(request.headers.authorization) ?? '');
    if (!claims) return json(401, { message: 'Unauthorized' });
    for (const { topic, event, payload, private: isPrivate } of parsed.data.messages) {
      // As the real server: what one may not send is dropped without a word.
      if (isPrivate && !(await authorise(deps.pool, claims, topic)).write) continue;
      deliver(isPrivate, topic, { event, payload });
    }
    return empty(202);
  }

  return {
    service: {
      prefix: '/realtime/v1',
      async handle(request, rest) {
        if (request.method === 'POST' && rest === '/api/broadcast') return send(request);
        return json(404, { message: 'The local stand-in for Realtime does not have this.' });
      },
    },
    upgrade(request, socket, head, apiKey) {
      const url = new URL(request.url ?? '/', 'http://realtime');
      server.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, url, apiKey));
    },
    async close() {
      for (const connection of connections) connection.close();
      server.close();
      await messages.close();
    },
  };
}
