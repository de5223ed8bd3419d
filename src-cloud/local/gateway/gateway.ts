import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { type Answer, json, readJson, respond } from './answer.ts';
import { type Faults, faultsRequestSchema } from './faults.ts';

/** A service behind the gateway, by the first part of its path. */
export type Service = {
  readonly prefix: `/${string}`;
  /** `path` is what follows the prefix, with the query. `apiKey` was checked, unless the service is `open`. */
  readonly handle: (request: IncomingMessage, path: string, apiKey: string) => Promise<Answer>;
  /** Answers without an API key too. */
  readonly open?: boolean;
};

export type Gateway = {
  readonly port: number;
  /** Refuses every connection and cuts those there are (true), or serves again on the same port (false). */
  readonly setOffline: (offline: boolean) => Promise<void>;
  readonly close: () => Promise<void>;
};

type GatewayDeps = {
  readonly port: number;
  readonly keys: { readonly anonKey: string; readonly serviceRoleKey: string };
  readonly services: readonly Service[];
  readonly faults: Faults;
  /** Who takes over a WebSocket handshake, on which path, with its checked API key. */
  readonly webSockets: {
    readonly path: string;
    readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, apiKey: string) => void;
  };
  /** Told of failures of the gateway itself: they are bugs. */
  readonly onError: (error: unknown) => void;
};

/** Starts the one HTTP address of the cloud, on loopback. @throws Error when the port is taken */
export async function startGateway(deps: GatewayDeps): Promise<Gateway> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => {
      deps.onError(error);
      if (response.headersSent) response.socket?.destroy();
      else response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"The local cloud failed"}');
    });
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    void upgradeWithFaults(deps, request, socket, head).catch((error: unknown) => {
      deps.onError(error);
      socket.destroy();
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    const method = request.method ?? 'GET';
    const path = pathOf(url);
    if (path === '/_faults') return respond(response, noFault, () => switchFaults(request));
    await respond(response, deps.faults.take(method, path), async () => {
      if (method === 'OPTIONS') return preflight(request);
      const service = deps.services.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
      if (!service) return json(404, { message: 'no Route matched with those values' });
      const key = apiKeyOf(request);
      if (!service.open) {
        if (key === undefined) {
          return json(401, {
            message: 'No API key found in request',
            hint: 'No `apikey` request header or url param was found.',
          });
        }
        if (!isKnown(deps, key)) {
          return json(401, {
            message: 'Invalid API key',
            hint: 'Double check your Supabase `anon` or `service_role` API key.',
          });
        }
      }
      return service.handle(request, url.slice(service.prefix.length) || '/', key ?? '');
    });
  }

  async function switchFaults(request: IncomingMessage): Promise<Answer> {
    if (apiKeyOf(request) !== deps.keys.serviceRoleKey)
      return json(403, { message: 'Fault switches need the service role key.' });
    const parsed = faultsRequestSchema.safeParse(await readJson(request));
    if (!parsed.success) return json(400, { message: parsed.error.message });
    deps.faults.set(parsed.data.rules as Parameters<Faults['set']>[0]);
    const { offlineForMs } = parsed.data;
    if (offlineForMs !== undefined) {
      // After this answer has left.
      setImmediate(() => void setOffline(true).catch(deps.onError));
      setTimeout(() => void setOffline(false).catch(deps.onError), offlineForMs).unref();
    }
    return json(200, { rules: parsed.data.rules.length });
  }

  let port = deps.port;
  let offline = false;
  let closed = false;
  async function listen(): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') port = address.port;
  }
  async function stopListening(): Promise<void> {
    if (!server.listening) return;
    const over = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await over;
  }
  async function setOffline(wanted: boolean): Promise<void> {
    if (closed || wanted === offline) return;
    offline = wanted;
    await (wanted ? stopListening() : listen());
  }
  await listen();
  return {
    port,
    setOffline,
    async close() {
      closed = true;
      await stopListening();
    },
  };
}

const noFault = { delayMs: 0, action: undefined };

async function upgradeWithFaults(
  deps: GatewayDeps,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const path = pathOf(request.url ?? '/');
  const { delayMs, action } = deps.faults.take('GET', path);
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const key = apiKeyOf(request) ?? '';
  if (action?.do === 'status') refuse(socket, `${action.status} Fault`);
  else if (action?.do === 'html') refuse(socket, '200 OK', '<html>');
  else if (action) socket.destroy();
  else if (path !== deps.webSockets.path) refuse(socket, '404 Not Found');
  else if (!isKnown(deps, key)) refuse(socket, '401 Unauthorized');
  else deps.webSockets.upgrade(request, socket, head, key);
}

function refuse(socket: Duplex, status: string, body = ''): void {
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

function isKnown({ keys }: GatewayDeps, key: string): boolean {
  return key === keys.anonKey || key === keys.serviceRoleKey;
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** The API key of a request: its header, or the query as WebSockets send it. */
export function apiKeyOf(request: IncomingMessage): string | undefined {
  const header = request.headers['apikey'];
  if (typeof header === 'string') return header;
  return new URL(request.url ?? '/', 'http://cloud').searchParams.get('apikey') ?? undefined;
}

function preflight(request: IncomingMessage): Answer {
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS',
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
      'access-control-max-age': '3600',
    },
    body: '',
  };
}
