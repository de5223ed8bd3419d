import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';

import { type Answer, json } from './answer.ts';

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host']);

/** Passes requests on to PostgREST, bodies streamed in both directions. */
export type RestProxy = {
  readonly forward: (request: IncomingMessage, path: string, apiKey: string) => Promise<Answer>;
  readonly close: () => void;
};

/** Creates the proxy to the PostgREST that `port` names at the time of each request. */
export function createRestProxy(port: () => number): RestProxy {
  // PostgREST closes an idle connection after 30 s: we give ours up earlier, so that no request meets a closing one.
  const agent = new Agent({ keepAlive: true, maxSockets: 128, maxFreeSockets: 32, timeout: 15_000 });
  return {
    forward(request, path, apiKey) {
      const headers: Record<string, string | string[]> = {};
      for (const [name, value] of Object.entries(request.headers)) {
        if (value !== undefined && !hopByHop.has(name)) headers[name] = value;
      }
      // As the hosted gateway: an API key alone stands for its own role.
      headers['authorization'] ??= `Bearer ${apiKey}`;
      return new Promise((resolve) => {
        const upstream = httpRequest(
          { host: '127.0.0.1', port: port(), method: request.method, path, headers, agent },
          (answer) => {
            const back: Record<string, string | string[]> = {};
            for (const [name, value] of Object.entries(answer.headers)) {
              if (value !== undefined && !hopByHop.has(name)) back[name] = value;
            }
            resolve({ status: answer.statusCode ?? 502, headers: back, body: answer });
          },
        );
        upstream.once('error', () => {
          resolve(json(502, { message: 'An invalid response was received from the upstream server' }));
        });
        request.once('error', () => upstream.destroy());
        request.pipe(upstream);
      });
    },
    close: () => agent.destroy(),
  };
}
