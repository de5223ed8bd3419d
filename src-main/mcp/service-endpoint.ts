import type { IncomingMessage } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import type { AuthInfo } from '@modelcontextprotocol/server';
import { listedTool } from '#main/services/base/tool-list.ts';
import type { ListedTool } from '#main/services/base/tool-list.ts';
import type { Service } from '#main/services/base/types.ts';
import type { Client } from './access.ts';
import { buildServer } from './build-server.ts';
import type { Signer } from './keys.ts';
import type { Admitted } from './listener.ts';
import type { ServerDeps } from './serving.ts';
import { createSessions } from './sessions.ts';

/** A service behind its address: the current protocol without sessions, older ones with. */
export type ServiceEndpoint = {
  readonly service: Service;
  /** Bytes of its list of tools. */
  readonly listBytes: number;
  readonly listed: ReadonlyMap<string, ListedTool>;
  serve(admitted: Admitted): Promise<void>;
  /** Tells every connected client that the list of tools is another now. */
  toolsChanged(): void;
  closeSessions(tokenId?: string): Promise<void>;
  close(): Promise<void>;
};

export type EndpointDeps = ServerDeps & { readonly signer: Signer; readonly onError: (error: Error) => void };

/** Open streams of changes that one service serves at a time. */
const mostSubscriptions = 64;

/** Puts a service behind both eras of the protocol. */
export function createEndpoint(service: Service, deps: EndpointDeps): ServiceEndpoint {
  const listed = new Map(service.tools.map((tool) => [tool.name, listedTool(tool)]));
  const plan = { service, listed };
  const current = createMcpHandler(({ authInfo }) => buildServer(deps, plan, clientOf(authInfo), null), {
    legacy: 'reject',
    onerror: deps.onError,
    maxSubscriptions: mostSubscriptions,
  });
  const sessions = createSessions({
    service: service.id,
    signer: deps.signer,
    newId: deps.newId,
    build: (client, canAsk) => buildServer(deps, plan, client, canAsk),
    onError: deps.onError,
  });

  return {
    service,
    listed,
    listBytes: Buffer.byteLength(JSON.stringify([...listed.values()])),
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
    toolsChanged() {
      current.notify.toolsChanged();
      sessions.toolsChanged();
    },
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
