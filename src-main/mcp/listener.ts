import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { localhostHostValidation, localhostOriginValidation } from '@modelcontextprotocol/node';
import { isJsonContentType } from '@modelcontextprotocol/server';
import { appError } from '#shared/contract/errors.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import type { Access, Client } from './access.ts';
import { readJsonBody } from './json-body.ts';

/** A request that was let in. */
export type Admitted = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly service: string;
  readonly client: Client;
  /** The parsed body of a POST. */
  readonly body: unknown;
};

export type ListenerDeps = {
  readonly access: Access;
  /** Whether there is such a service, and whether the operator has it switched on. */
  readonly stateOf: (service: string) => 'unknown' | 'off' | 'on';
  readonly serve: (admitted: Admitted) => Promise<void>;
  /** What GET /health and GET /health/<service> say; null for a service that is not there. */
  readonly health: (
    service: string | null,
  ) => Promise<{ readonly ok: boolean; readonly [key: string]: unknown } | null>;
  /** Hears of a request that was turned away, in a word. */
  readonly onRefused: (reason: string) => void;
  readonly logger: Logger;
};

export type Listener = {
  readonly port: number;
  connections(): number;
  /** Ends the open answers of a client, of a service, or all. */
  cut(which: { readonly tokenId?: string; readonly service?: string }): void;
  close(): Promise<void>;
};

/** More would be a client that went wrong. */
const mostConnections = 200;

/** Listens on 127.0.0.1 and lets in requests of clients with a token, and nothing that a web page could send. `port-taken` when the port is. */
export async function listen(port: number, deps: ListenerDeps): Promise<Result<Listener, AppError>> {
  const sockets = new Set<Socket>();
  const answers = new Map<ServerResponse, { readonly tokenId: string; readonly service: string }>();
  const hostGuard = localhostHostValidation();
  const originGuard = localhostOriginValidation();
  const server = createServer((request, response) => {
    if (!hostGuard(request, response)) return deps.onRefused('host');
    if (!originGuard(request, response)) return deps.onRefused('origin');
    handle(request, response, deps, answers).catch((error: unknown) => {
      deps.logger.error('mcp.request-failed', { error });
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'The request met a fault; the log of Pulser Field says more.');
    });
  });
  server.maxConnections = mostConnections;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const bound = await bind(server, port);
  if (!bound.ok) return bound;
  server.on('error', (error) => deps.logger.warn('mcp.server', { error }));
  return ok({
    port: bound.value,
    connections: () => sockets.size,
    cut({ tokenId, service }) {
      for (const [response, owner] of answers) {
        if ((tokenId ?? owner.tokenId) === owner.tokenId && (service ?? owner.service) === owner.service)
          response.destroy();
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function bind(server: Server, port: number): Promise<Result<number, AppError>> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error);
      resolve(fail(appError('port-taken', `127.0.0.1:${port}`)));
    });
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.removeAllListeners('error');
      resolve(ok((server.address() as AddressInfo).port));
    });
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  deps: ListenerDeps,
  answers: Map<ServerResponse, { readonly tokenId: string; readonly service: string }>,
): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?');
  if (path === '/health' || path.startsWith('/health/')) return answerHealth(path, request, response, deps);
  const service = /^\/mcp\/([a-z]{2,20})$/.exec(path)?.[1];
  // a real 404: clients that get anything else from /.well-known begin to sign in
  if (service === undefined || deps.stateOf(service) === 'unknown')
    return refuse(response, 404, 'There is nothing at this address.');
  const client = await admit(service, request, response, deps);
  if (client === null) return;
  if (deps.stateOf(service) === 'off') {
    deps.onRefused('off');
    return refuse(
      response,
      503,
      `The service ${service} is switched off. Switch it on under Services in Pulser Field.`,
    );
  }
  const body = request.method === 'POST' ? await bodyOf(request, response) : ok(undefined);
  if (!body.ok) return;
  answers.set(response, { tokenId: client.tokenId, service });
  response.once('close', () => answers.delete(response));
  await deps.serve({ request, response, service, client, body: body.value });
}

/** Who asks, when their token is good for this service; else the refusal was sent. */
async function admit(
  service: string,
  request: IncomingMessage,
  response: ServerResponse,
  deps: ListenerDeps,
): Promise<Client | null> {
  const client = await deps.access(request.headers.authorization);
  if (!client.ok) {
    deps.onRefused(client.error.reason);
    refuse(response, 401, client.error.message, {
      'www-authenticate': `Bearer realm="Pulser Field"${client.error.reason === 'no-token' ? '' : ', error="invalid_token"'}, scope="mcp:${service}"`,
    });
    return null;
  }
  if (client.value.scopes.some((scope) => scope.service === service)) return client.value;
  deps.onRefused('scope');
  refuse(response, 403, `This token does not allow ${service}.`, {
    'www-authenticate': `Bearer realm="Pulser Field", error="insufficient_scope", scope="mcp:${service}"`,
  });
  return null;
}

async function bodyOf(request: IncomingMessage, response: ServerResponse): Promise<Result<unknown, null>> {
  if (!isJsonContentType(request.headers['content-type'] ?? null)) {
    refuse(response, 415, 'Unsupported Media Type: Content-Type must be application/json');
    return fail(null);
  }
  const body = await readJsonBody(request);
  if (body.ok) return body;
  if (body.error === 'too-large') refuse(response, 413, 'The request is too large.', { connection: 'close' });
  else refuse(response, 400, 'Parse error: the body is not JSON', {}, -32_700);
  return fail(null);
}

async function answerHealth(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  deps: ListenerDeps,
): Promise<void> {
  if (request.method !== 'GET') return refuse(response, 405, 'Only GET.', { allow: 'GET' });
  const health = await deps.health(path === '/health' ? null : path.slice('/health/'.length));
  if (health === null) return refuse(response, 404, 'There is no such service.');
  response.writeHead(health.ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(health)}\n`);
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  code = -32_000,
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null }));
}
