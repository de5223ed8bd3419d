import type { ServiceScope, ServicesReport } from '#shared/contract/services.ts';

/** Programs that can be connected, the most usual first. */
export const programs = ['vscode', 'cursor', 'claude-code', 'gemini', 'claude-desktop', 'other'] as const;
export type Program = (typeof programs)[number];

export type SnippetInput = {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** The services that the token allows. */
  readonly scopes: readonly ServiceScope[];
  /** The token while it is shown; null afterwards, when only a place for it can be. */
  readonly token: string | null;
  /** Where the bridge lies, and what it is to be told; null where this installation has none. */
  readonly bridge: ServicesReport['bridge'];
};

/** Stands where the token belongs once it cannot be shown any more. */
export const tokenPlace = 'YOUR-TOKEN';
const bridgePlace = '/where/it/lies/bridge.mjs';

/** The text that connects a program to the services of a token: a configuration, or commands for a terminal. */
export function snippetOf(program: Program, { port, scopes, token, bridge }: SnippetInput): string {
  const servers = scopes.map(({ service }) => ({
    service,
    name: `pulser-${service}`,
    url: `http://127.0.0.1:${port}/mcp/${service}`,
  }));
  const bearer = `Bearer ${token ?? tokenPlace}`;
  const each = <T>(make: (server: (typeof servers)[number]) => T): Record<string, T> =>
    Object.fromEntries(servers.map((server) => [server.name, make(server)]));
  switch (program) {
    case 'vscode':
      return json({
        inputs: [{ id: 'pulser', type: 'promptString', description: 'Pulser token', password: true }],
        servers: each(({ url }) => ({ type: 'http', url, headers: { Authorization: 'Bearer ${input:pulser}' } })),
      });
    case 'cursor':
      return json({
        mcpServers: each(({ url }) => ({ url, headers: { Authorization: 'Bearer ${env:PULSER_MCP_TOKEN}' } })),
      });
    case 'claude-code':
      return servers
        .map(({ name, url }) => `claude mcp add --transport http ${name} ${url} --header "Authorization: ${bearer}"`)
        .join('\n');
    case 'gemini':
      return json({ mcpServers: each(({ url }) => ({ httpUrl: url, headers: { Authorization: bearer } })) });
    case 'claude-desktop':
      return json({
        mcpServers: each(({ service }) => ({
          command: 'node',
          args: [bridge?.path ?? bridgePlace, service],
          env: { PULSER_MCP_TOKEN: token ?? tokenPlace, ...(bridge && { PULSER_DATA_DIR: bridge.dataDir }) },
        })),
      });
    case 'other':
      return [...servers.map(({ url }) => url), `Authorization: ${bearer}`].join('\n');
  }
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);
