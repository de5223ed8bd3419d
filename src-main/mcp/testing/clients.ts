import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Served } from './served.ts';

/** `current`: 2026-07-28, without sessions; `older`: what came before, with them. */
export type Era = 'current' | 'older';
export const eras: readonly Era[] = ['current', 'older'];

/** The protocol library's own client, connected to a service. */
export async function connectClient(
  pc: Served,
  era: Era,
  token: string,
  { capabilities = {}, service = 'notes' }: { capabilities?: object; service?: string } = {},
): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities, ...(era === 'current' ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {}) },
  );
  const transport = new StreamableHTTPClientTransport(new URL(await pc.url(service)), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  await client.connect(transport);
  return client;
}

/** One plain request of an older client, as it stands on the wire. */
export function post(
  url: string,
  message: object | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message }),
  });
}

/** How an older client says hello. */
export const hello = {
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'plain', version: '1' } },
};

/** The message inside an answer, whether it came as JSON or as a stream of events. */
export async function messageOf(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  const data = /^data: (\{.*\})$/m.exec(text)?.[1] ?? text;
  return JSON.parse(data) as Record<string, unknown>;
}
