import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { assertNever } from '#shared/result.ts';

import type { Fault } from './faults.ts';

/** What a service answers: the gateway sends it, or does to it what a fault switch says. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string | Buffer | Readable;
};

/** An answer in JSON. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** An answer without a body. */
export function empty(status: number): Answer {
  return { status, headers: {}, body: '' };
}

const bodyLimit = 1024 * 1024;

/** Reads a small JSON body; `undefined` when it is no JSON or larger than 1 MB. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return undefined; // the caller answers 400
  }
}

const portalPage = '<!doctype html><title>Welcome</title><h1>Sign in to use this Wi-Fi</h1>';

/**
 * Answers a request: asks the service (unless the fault says otherwise) and sends what it says, whole or harmed.
 * Every way out ends the response or its connection.
 */
export async function respond(response: ServerResponse, fault: Fault, ask: () => Promise<Answer>): Promise<void> {
  if (fault.delayMs > 0) await pause(fault.delayMs);
  const { action } = fault;
  if (action === undefined) return send(response, await ask());
  switch (action.do) {
    case 'status': {
      const wait: Record<string, string> =
        action.retryAfterSeconds === undefined ? {} : { 'retry-after': String(action.retryAfterSeconds) };
      return send(response, json(action.status, action.body ?? { message: `Fault switch: ${action.status}` }, wait));
    }
    case 'html':
      return send(response, { status: 200, headers: { 'content-type': 'text/html' }, body: action.body ?? portalPage });
    case 'drop-before':
      response.socket?.destroy();
      return;
    case 'drop-after':
      await readAll((await ask()).body);
      response.socket?.destroy();
      return;
    case 'truncate': {
      const answer = await ask();
      const whole = await readAll(answer.body);
      writeHead(response, answer, whole.length);
      // The head promises the whole body, so the receiver can tell that it ended too early.
      response.write(whole.subarray(0, action.bytes), () => response.socket?.destroy());
      if (action.bytes === 0) response.flushHeaders();
      return;
    }
    case 'drip': {
      const answer = await ask();
      const whole = await readAll(answer.body);
      writeHead(response, answer, whole.length);
      for (let at = 0; at < whole.length && !response.destroyed; at += action.bytes) {
        response.write(whole.subarray(at, at + action.bytes));
        await pause(action.everyMs);
      }
      response.end();
      return;
    }
    default:
      assertNever(action);
  }
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const { body } = answer;
  if (body instanceof Readable) {
    // who asked went away while the service worked
    if (response.destroyed || response.socket?.destroyed) return void body.destroy();
    writeHead(response, answer);
    await pipeline(body, response).catch((error: NodeJS.ErrnoException) => {
      // Either side went away in the middle: the other must notice, there is nobody left to tell.
      response.socket?.destroy();
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.code !== 'ECONNRESET') throw error;
    });
    return;
  }
  writeHead(response, answer, Buffer.byteLength(body));
  response.end(body);
}

function writeHead(response: ServerResponse, answer: Answer, length?: number): void {
  const headers: Record<string, string | string[]> = { ...answer.headers, 'access-control-allow-origin': '*' };
  if (length !== undefined && answer.status !== 204 && answer.status !== 304)
    headers['content-length'] = String(length);
  response.writeHead(answer.status, headers);
}

async function readAll(body: Answer['body']): Promise<Buffer> {
  if (!(body instanceof Readable)) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
