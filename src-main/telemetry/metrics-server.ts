import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Whether the host answers, the one word for its state, and a sentence for each thing that works less well than it might. */
export type Health = { readonly ok: boolean; readonly state: string; readonly degraded: readonly string[] };

export type MetricsServerDeps = {
  readonly metrics: Metrics;
  readonly health: () => Health;
  /** Wished port on 127.0.0.1; 0: any free one. */
  readonly port: number;
  readonly logger: Logger;
};

export type MetricsServer = { readonly port: number; close(): Promise<void> };

/** Serves GET /metrics and GET /health on loopback. When the port is taken it says so and takes a free one. */
export async function startMetricsServer(deps: MetricsServerDeps): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(deps, request, response));
  server.keepAliveTimeout = 1000;
  const port = await listenSomewhere(server, deps);
  server.on('error', (error) => deps.logger.warn('metrics.server', { error }));
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          deps.metrics.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function listenSomewhere(server: Server, deps: MetricsServerDeps): Promise<number> {
  try {
    return await listen(server, deps.port);
  } catch (error) {
    const port = await listen(server, 0);
    deps.logger.warn('metrics.port-taken', { wished: deps.port, port, error });
    return port;
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function answer(deps: MetricsServerDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A page in a browser must not read these numbers through a rebound host name.
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (host !== '127.0.0.1' && host !== 'localhost') return end(response, 403, 'text/plain', 'Ask 127.0.0.1.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'text/plain', 'Only GET.\n');
  try {
    if (request.url === '/metrics') return end(response, 200, deps.metrics.contentType, await deps.metrics.render());
    if (request.url === '/health') {
      const health = deps.health();
      return end(response, health.ok ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
    }
    return end(response, 404, 'text/plain', 'GET /metrics or /health.\n');
  } catch (error) {
    deps.logger.error('metrics.answer', { error });
    return end(response, 500, 'text/plain', 'The numbers could not be read.\n');
  }
}

function end(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
