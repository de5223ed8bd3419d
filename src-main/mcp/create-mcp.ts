import type { Service } from '#main/services/base/types.ts';
import { listedTool } from '#main/services/base/tool-list.ts';
import type { ServiceMetrics } from '#main/telemetry/service-metrics.ts';
import { createAudit } from './audit.ts';
import { createCallCounts } from './call-numbers.ts';
import { createDoor } from './door.ts';
import type { Extend } from './extension.ts';
import { createHandlers } from './handlers.ts';
import type { ServiceHandlers } from './handlers.ts';
import type { Protocol, ProtocolDeps } from './protocol.ts';
import type { Ended } from './serving.ts';
import { createSettings } from './settings.ts';
import { createTokens } from './tokens.ts';

export type McpDeps = Pick<ProtocolDeps, 'store' | 'jwtSecret' | 'logger' | 'after' | 'clock' | 'random'> & {
  readonly services: readonly Service[];
  readonly dataDir: string;
  /** Where the bridge lies if this installation has one. */
  readonly bridge: string;
  /** The configured port; the operator may choose another one. 0: any free one. */
  readonly port: number;
  readonly version: string;
  readonly pid: number;
  readonly metrics: ServiceMetrics;
  /** What a test build adds to every server; the product has none. */
  readonly extend?: Extend | null;
};

/** The services of a PC as assistants reach them. */
export type Mcp = {
  readonly handlers: ServiceHandlers;
  /** Opens the port if a service is on. A port that is taken is told in `services.get`, and tried again. */
  start(): Promise<void>;
  /** Open connections of clients. */
  connections(): number;
  /** Ends calls that run, and the connections. Afterwards nothing of it touches the store. */
  stop(): Promise<void>;
};

/** Puts the host of the services together. The library of the protocol is loaded with the first service that is switched on. */
export function createMcp(deps: McpDeps): Mcp {
  const { store, logger } = deps;
  const settings = createSettings(store);
  const tokens = createTokens({ store, random: deps.random });
  const audit = createAudit({ store, logger, after: deps.after });
  const listed = new Map(
    deps.services.map(({ id, tools }) => [id, new Map(tools.map((tool) => [tool.name, listedTool(tool)]))]),
  );
  const counts = createCallCounts();
  const refused = { count: 0, last: null as { at: number; reason: string } | null };

  const onEnded = (call: Ended): void => {
    const { client, ...rest } = call;
    audit.record({ ...rest, at: store.now(), client: client.client, tokenId: client.tokenId });
    deps.metrics.called({ service: call.service, tool: call.name, outcome: call.outcome, ms: call.ms });
    counts.record(call);
  };
  const onRefused = (reason: string): void => {
    refused.count += 1;
    refused.last = { at: store.now(), reason };
    deps.metrics.refused(reason);
  };
  let protocol: Promise<Protocol> | null = null;
  const load = async (): Promise<Protocol> => {
    try {
      const { createProtocol } = await import('./protocol.ts');
      return createProtocol({ ...deps, settings, tokens, listed, onEnded, onRefused, extend: deps.extend ?? null });
    } catch (error) {
      // the next attempt begins anew
      protocol = null;
      throw error;
    }
  };
  const door = createDoor({ ...deps, settings, protocol: () => (protocol ??= load()) });
  const handlers = createHandlers({
    ...deps,
    settings,
    tokens,
    audit,
    listed,
    door,
    counts,
    refused,
    protocol: () => protocol,
  });

  return {
    handlers,
    connections: door.connections,
    start: async () => void (await door.adjust()),
    async stop() {
      const loaded = await protocol?.catch(() => null);
      await loaded?.close();
      await door.close();
      audit.close();
    },
  };
}
