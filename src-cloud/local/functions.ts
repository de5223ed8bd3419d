import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';

import type { FunctionEnv, FunctionHandler } from '../functions/types.ts';
import { bearerOf, type Tokens } from './auth/tokens.ts';
import { json } from './gateway/answer.ts';
import type { Service } from './gateway/gateway.ts';

type FunctionsDeps = {
  readonly handlers: Readonly<Record<string, FunctionHandler>>;
  readonly env: () => FunctionEnv;
  readonly tokens: Tokens;
  readonly onError: (error: unknown) => void;
};

/** The stand-in for the Edge Functions' runtime: calls the handlers in this process. */
export function createFunctionsService(deps: FunctionsDeps): Service {
  return {
    prefix: '/functions/v1',
    open: true,
    async handle(request, rest) {
      const name = /^\/([\w-]+)/.exec(rest)?.[1] ?? '';
      const handler = Object.hasOwn(deps.handlers, name) ? deps.handlers[name] : undefined;
      if (!handler) return json(404, { code: 'NOT_FOUND', message: 'Requested function was not found' });
      const token = bearerOf(request.headers.authorization);
      // As hosted, where every function asks for a token of the project unless it is told not to.
      if (token === undefined) return json(401, { code: 401, message: 'Missing authorization header' });
      if (!(await deps.tokens.verify(token))) return json(401, { code: 401, message: 'Invalid JWT' });
      const env = deps.env();
      try {
        const answer = await handler(toWebRequest(request, `${env.SUPABASE_URL}/functions/v1${rest}`), env);
        const body = Buffer.from(await answer.arrayBuffer());
        return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
      } catch (error) {
        deps.onError(error);
        return json(500, { code: 500, message: 'Internal Server Error' });
      }
    },
  };
}

function toWebRequest(request: IncomingMessage, url: string): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  const method = request.method ?? 'GET';
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers });
  return new Request(url, { method, headers, body: Readable.toWeb(request) as WebStream<Uint8Array>, duplex: 'half' });
}
