import { CLIENT_CAPABILITIES_META_KEY, McpServer } from '@modelcontextprotocol/server';
import type { ServerContext, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { ListedTool } from '#main/services/base/tool-list.ts';
import type { Service } from '#main/services/base/types.ts';
import type { Client } from './access.ts';
import { whyNot } from './policy.ts';
import { serveTool } from './serve-tool.ts';
import type { ServerDeps, ServerPlan, Serving } from './serving.ts';
import { registerPrompt, registerResource, registerTemplate } from './register-content.ts';
import { canAskUser } from './session-id.ts';

/** How long a client may keep a list, in milliseconds; it is told when one changes. */
const listTtlMs = 60_000;
const kept = { ttlMs: listTtlMs, cacheScope: 'private' } as const;

/**
 * Builds the protocol's server of a service for one client: one for each request of the current protocol, one for each session of an older one.
 * `canAsk` is what an older client said at its beginning; newer ones say it with each request.
 */
export function buildServer(deps: ServerDeps, plan: ServerPlan, client: Client, canAsk: boolean | null): McpServer {
  const { service } = plan;
  const server = new McpServer(
    { name: `pulser-${service.id}`, title: service.title, version: service.version },
    {
      instructions: service.instructions,
      capabilities: {
        tools: { listChanged: true },
        resources: { listChanged: false },
        prompts: { listChanged: false },
      },
      cacheHints: {
        'tools/list': kept,
        'prompts/list': kept,
        'resources/list': kept,
        'resources/templates/list': kept,
      },
      requestState: { verify: deps.asked.verify },
    },
  );
  const serving: Serving = { deps, plan, client, canAsk, server };
  for (const tool of service.tools) registerTool(serving, tool);
  for (const resource of service.resources) registerResource(serving, resource);
  for (const template of service.templates ?? []) registerTemplate(serving, template);
  for (const prompt of service.prompts) registerPrompt(serving, prompt);
  listAvailable(serving, deps.extend?.(server) ?? []);
  return server;
}

/** A list of what this client may use now, already converted. Calls of the others are answered with the reason. */
function listAvailable({ deps, plan, client, server }: Serving, more: readonly object[]): void {
  server.server.setRequestHandler('tools/list', () => ({
    tools: [
      ...plan.service.tools
        .filter((tool) => whyNot(deps.settings, plan.service.id, tool, client) === null)
        .map(({ name }) => ({ ...(plan.listed.get(name) as ListedTool) })),
      ...(more as ListedTool[]),
    ],
  }));
}

function registerTool({ deps, plan, client, canAsk, server }: Serving, tool: Service['tools'][number]): void {
  const listed = plan.listed.get(tool.name) as ListedTool;
  const { name, title, description, annotations } = listed;
  const config = {
    title,
    description,
    annotations,
    inputSchema: converted(listed.inputSchema),
    outputSchema: converted(listed.outputSchema),
  };
  server.registerTool(name, config, async (args: unknown, context) => {
    const started = deps.clock();
    const serving = { service: plan.service, tool, client, canAsk: canAsk ?? canAskNow(context) };
    const served = await deps.running(serveTool(deps, serving, args, context));
    const bytes = JSON.stringify(served.result).length;
    const ms = deps.clock() - started;
    deps.onEnded({ client, service: plan.service.id, kind: 'tool', name, outcome: served.outcome, ms, bytes });
    return served.result;
  });
}

const canAskNow = (context: ServerContext): boolean =>
  canAskUser(
    (context.mcpReq.envelope as Readonly<Record<string, unknown>> | undefined)?.[CLIENT_CAPABILITIES_META_KEY],
  );

/** A schema as the protocol library wants it: converted already, and checking nothing, since the base checks with words of its own. */
function converted(json: ListedTool['inputSchema']): StandardSchemaWithJSON<unknown, unknown> {
  const same = (): Record<string, unknown> => json;
  return {
    '~standard': {
      version: 1,
      vendor: 'pulser',
      validate: (value: unknown) => ({ value }),
      jsonSchema: { input: same, output: same },
    },
  };
}
