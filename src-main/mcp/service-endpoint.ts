import type { IncomingMessage } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import type { AuthInfo, McpServer } from '@modelcontextprotocol/server';
import type { Client } from './access.ts';
import { buildServer } from './build-server.ts';
import type { Extend, Extension } from './extension.ts';
import type { Signer } from './keys.ts';
import type { Admitted } from './listener.ts';
import type { ServerDeps, ServerPlan } from './serving.ts';
import { createSessions } from './sessions.ts';

/** A service behind its address: the current protocol without sessions, older ones with. */
export type ServiceEndpoint = {
  serve(admitted: Admitted): Promise<void>;
  /** Tells every connected client that the list of tools is another now. */
  toolsChanged(): void;
  closeSessions(tokenId?: string): Promise<void>;
  close(): Promise<void>;
};

export type EndpointDeps = Omit<ServerDeps, 'extend'> & {
  readonly signer: Signer;
  readonly onError: (error: Error) => void;
  readonly extend: Extend | null;
};

/** Open streams of changes that one service serves at a time. */
const mostSubscriptions = 64;

/** Puts a service behind both eras of the protocol. */
export function createEndpoint(plan: ServerPlan, endpoint: EndpointDeps): ServiceEndpoint {
  const { extend } = endpoint;
  const host: Extension = {
    mint: (call, context) => endpoint.asked.mint({ call, once: endpoint.newId() }, context),
    toolsChanged: () => toolsChanged(),
    promptsChanged: () => current.notify.promptsChanged(),
  };
  const deps = { ...endpoint, extend: extend && ((server: McpServer) => extend(server, host)) };
  const current = createMcpHandler(({ authInfo }) => buildServer(deps, plan, clientOf(authInfo), null), {
    legacy: 'reject',
    onerror: deps.onError,
    maxSubscriptions: mostSubscriptions,
  });
  const sessions = createSessions({
    service: plan.service.id,
    signer: deps.signer,
    newId: deps.newId,
    build: (client, canAsk) => buildServer(deps, plan, client, canAsk),
    onError: deps.onError,
  });

  const toolsChanged = (): void => {
    current.notify.toolsChanged();
    sessions.toolsChanged();
  };

  return {
    async serve({ request, response, client, body }) {
      const authInfo = authInfoOf(client);
      const answer = toNodeHandler(
        {
          fetch: async (web) => {
            const older = web.method !== 'POST' || (await isLegacyRequest(web, body));
            if (older) return sessions.handle(web, client, authInfo, body);
            return current.fetch(web, { authInfo, parsedBody: body });
          },
        },
        { onerror: deps.onError },
      );
      // Node says `undefined` where the library's type says nothing
      await answer(request as IncomingMessage & { method: string; url: string }, response, body);
    },
    toolsChanged,
    closeSessions: sessions.close,
    async close() {
      await Promise.all([current.close(), sessions.close()]);
    },
  };
}

/** What the protocol's library carries along for us: the client, found again in `clientOf`. */
function authInfoOf(client: Client): AuthInfo {
  return { token: '', clientId: client.tokenId, scopes: [], extra: { client } };
}

function clientOf(authInfo: AuthInfo | undefined): Client {
  const client = authInfo?.extra?.['client'] as Client | undefined;
  if (client === undefined) throw new Error('A request reached a service without a client');
  return client;
}
