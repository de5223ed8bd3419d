import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import type { AuthInfo, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Client } from './access.ts';
import type { Signer } from './keys.ts';
import { protocolError } from './protocol-error.ts';
import { canAskUser, readSessionId, writeSessionId } from './session-id.ts';
import type { SessionFacts } from './session-id.ts';

/** Sessions of clients that speak a protocol from before 2026-07-28, for one service. */
export type Sessions = {
  handle(request: Request, client: Client, authInfo: AuthInfo, body: unknown): Promise<Response>;
  /** Tells every client that the list of tools is another now. */
  toolsChanged(): void;
  /** Ends the sessions of a client, or all; their clients may begin or take up others if they still may. */
  close(tokenId?: string): Promise<void>;
};

export type SessionDeps = {
  readonly service: string;
  readonly signer: Signer;
  readonly newId: () => string;
  /** Builds the server of one session. */
  readonly build: (client: Client, canAsk: boolean) => McpServer;
  readonly onError: (error: Error) => void;
};

type Session = {
  readonly tokenId: string;
  readonly server: McpServer;
  readonly transport: WebStandardStreamableHTTPServerTransport;
};

/** Most sessions kept in memory; one that is dropped is taken up again when its client comes back. */
const mostSessions = 64;
const mostEnded = 1000;

/**
 * Keeps a server for each session. The id of a session is signed and carries what is needed to build it again, so a client does not notice that
 * the app was restarted: it would otherwise fail until its user restarts it too.
 */
export function createSessions(deps: SessionDeps): Sessions {
  /** In the order of their last use. */
  const open = new Map<string, Promise<Session | null>>();
  /** Which transport serves an id now. */
  const latest = new Map<string, WebStandardStreamableHTTPServerTransport>();
  /** Ids whose client said goodbye. */
  const ended = new Set<string>();

  const begin = async (client: Client, facts: SessionFacts, id: string): Promise<Session> => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessionclosed: () => {
        ended.add(id);
        if (ended.size > mostEnded) ended.delete(ended.values().next().value ?? '');
      },
    });
    const server = deps.build(client, facts.canAsk);
    await server.connect(transport);
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the library offers only these properties
    transport.onerror = deps.onError;
    const left = transport.onclose;
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- as above
    transport.onclose = () => {
      left?.();
      // one that was dropped may have been taken up again meanwhile
      if (latest.get(id) !== transport) return;
      open.delete(id);
      latest.delete(id);
    };
    latest.set(id, transport);
    return { tokenId: client.tokenId, server, transport };
  };
  const keep = (id: string, session: Promise<Session | null>): void => {
    open.delete(id);
    open.set(id, session);
    // one that could not be begun must not stand in the way of the next attempt
    session.catch(() => open.get(id) === session && open.delete(id));
    const oldest = open.keys().next().value;
    if (open.size <= mostSessions || oldest === undefined) return;
    open
      .get(oldest)
      ?.then((dropped) => dropped?.server.close())
      .catch(deps.onError);
    open.delete(oldest);
    latest.delete(oldest);
  };
  const find = (id: string, client: Client, request: Request, authInfo: AuthInfo): Promise<Session | null> => {
    const facts = readSessionId(deps.signer, { tokenId: client.tokenId, service: deps.service }, id);
    if (facts === null || ended.has(id)) return Promise.resolve(null);
    const known = open.get(id) ?? begin(client, facts, id).then((made) => replay(made, facts, request, authInfo));
    keep(id, known);
    return known;
  };

  return {
    async handle(request, client, authInfo, body) {
      const options = { authInfo, ...(body === undefined ? {} : { parsedBody: body }) };
      const opening = initialize.safeParse(body);
      const given = request.headers.get('mcp-session-id');
      if (opening.success && given === null) {
        const facts = factsOf(opening.data);
        const id = writeSessionId(deps.signer, { tokenId: client.tokenId, service: deps.service }, facts, deps.newId());
        const session = begin(client, facts, id);
        keep(id, session);
        return (await session).transport.handleRequest(request, options);
      }
      if (given === null) return protocolError(400, -32_000, 'Bad Request: Mcp-Session-Id header is required');
      const session = await find(given, client, request, authInfo);
      return session === null
        ? protocolError(404, -32_001, 'Session not found')
        : session.transport.handleRequest(request, options);
    },
    toolsChanged() {
      for (const session of open.values())
        session.then((known) => known?.server.sendToolListChanged()).catch(deps.onError);
    },
    async close(tokenId) {
      const sessions = await Promise.allSettled(open.values());
      const ending = sessions
        .map((session) => (session.status === 'fulfilled' ? session.value : null))
        .filter((session) => session !== null)
        .filter((session) => (tokenId ?? session.tokenId) === session.tokenId);
      await Promise.all(ending.map(({ server }) => server.close()));
    },
  };
}

const initialize = z.object({
  method: z.literal('initialize'),
  params: z.object({
    protocolVersion: z.string(),
    capabilities: z.looseObject({ elicitation: z.looseObject({}).optional() }).default({}),
    clientInfo: z.looseObject({ name: z.string() }),
  }),
});

function factsOf({ params }: z.output<typeof initialize>): SessionFacts {
  return {
    protocolVersion: params.protocolVersion,
    canAsk: canAskUser(params.capabilities),
    clientName: params.clientInfo.name,
  };
}

/** Says hello to a new server in the place of a client that had done so before the restart. */
async function replay(session: Session, facts: SessionFacts, request: Request, authInfo: AuthInfo): Promise<Session> {
  const send = async (message: object): Promise<void> => {
    const headers = new Headers({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(session.transport.sessionId === undefined ? {} : { 'mcp-session-id': session.transport.sessionId }),
    });
    const answer = await session.transport.handleRequest(new Request(request.url, { method: 'POST', headers }), {
      parsedBody: { jsonrpc: '2.0', ...message },
      authInfo,
    });
    await answer.text();
  };
  await send({
    id: 'again',
    method: 'initialize',
    params: {
      protocolVersion: facts.protocolVersion,
      capabilities: facts.canAsk ? { elicitation: {} } : {},
      clientInfo: { name: facts.clientName, version: '0' },
    },
  });
  await send({ method: 'notifications/initialized' });
  return session;
}
