import { createRequestStateCodec } from '@modelcontextprotocol/server';
import type { McpServer } from '@modelcontextprotocol/server';
import type { Service } from '#main/services/base/types.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import type { Store } from '#main/store/types.ts';
import { createLatency } from '#main/telemetry/latency.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import type { ServiceMetrics } from '#main/telemetry/service-metrics.ts';
import { createAccess } from './access.ts';
import { createAudit } from './audit.ts';
import { createDoor } from './door.ts';
import type { Door } from './door.ts';
import { createHandlers } from './handlers.ts';
import type { ServiceHandlers } from './handlers.ts';
import { healthOf, overallHealth } from './health.ts';
import { createSigner } from './keys.ts';
import { createOnce } from './once.ts';
import { createEndpoint } from './service-endpoint.ts';
import type { ServiceEndpoint } from './service-endpoint.ts';
import type { Asked } from './serve-tool.ts';
import type { Ended } from './serving.ts';
import { createSettings } from './settings.ts';
import { createTokens } from './tokens.ts';
import { createWriteLimit } from './write-limit.ts';

export type McpDeps = {
  readonly store: Store;
  readonly services: readonly Service[];
  readonly dataDir: string;
  /** The configured port; the operator may choose another one. 0: any free one. */
  readonly port: number;
  readonly jwtSecret: string | null;
  readonly version: string;
  readonly pid: number;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly after: (ms: number, work: () => void) => () => void;
  /** Milliseconds on a steady clock. */
  readonly clock: () => number;
  /** Fills with random bytes. */
  readonly random: (bytes: Uint8Array) => Uint8Array;
  /** What a test build adds to every server; null in the product. */
  readonly extend?: ((server: McpServer, service: string) => void) | null;
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

/** A question to a person may be answered within so many seconds. */
const answerSeconds = 600;

export function createMcp(deps: McpDeps): Mcp {
  const { store, logger } = deps;
  const settings = createSettings(store);
  const tokens = createTokens({ store, random: deps.random });
  const audit = createAudit({ store, logger, after: deps.after });
  const signer = createSigner(store, deps.random);
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();
  const numbers = new Map(deps.services.map(({ id }) => [id, { times: createLatency(), errors: 0 }]));
  const refused = { count: 0, last: null as { at: number; reason: string } | null };

  const onEnded = (call: Ended): void => {
    const { client, ...rest } = call;
    audit.record({ ...rest, at: store.now(), client: client.client, tokenId: client.tokenId });
    deps.metrics.called({ service: call.service, tool: call.name, outcome: call.outcome, ms: call.ms });
    const own = numbers.get(call.service);
    own?.times.record(call.ms);
    if (own && call.outcome !== 'ok' && call.outcome !== 'asked') own.errors += 1;
  };
  const shared = {
    settings,
    signer,
    now: store.now,
    newId: store.newId,
    stopping: stopping.signal,
    clock: deps.clock,
    mayWrite: createWriteLimit(deps.clock),
    useOnce: createOnce(),
    asked: createRequestStateCodec<Asked>({
      key: signer.keyFor('questions'),
      ttlSeconds: answerSeconds,
      bind: ({ http }) => http?.authInfo?.clientId ?? '',
    }),
    expectedFailure: storeErrorOf,
    onFault: (service: string, tool: string, error: unknown) =>
      logger.error('mcp.tool-failed', { service, tool, error }),
    onError: (error: Error) => logger.debug('mcp.protocol', { error }),
    onEnded,
    running: <T>(work: Promise<T>): Promise<T> => {
      running.add(work);
      return work.finally(() => running.delete(work));
    },
  };
  const endpoints = new Map<string, ServiceEndpoint>(
    deps.services.map((service) => [
      service.id,
      createEndpoint(service, {
        ...shared,
        extend: deps.extend ? (server) => deps.extend?.(server, service.id) : null,
      }),
    ]),
  );
  const door: Door = createDoor({
    ...deps,
    settings,
    listening: {
      access: createAccess({ store, tokens, jwtSecret: deps.jwtSecret }),
      stateOf: (id) => (endpoints.has(id) ? (settings.tierOf(id) === 'off' ? 'off' : 'on') : 'unknown'),
      serve: async (admitted) => endpoints.get(admitted.service)?.serve(admitted),
      health: (id) => (id === null ? overallHealth(endpoints, settings) : healthOf(endpoints.get(id))),
      onRefused(reason) {
        refused.count += 1;
        refused.last = { at: store.now(), reason };
        deps.metrics.refused(reason);
      },
      logger,
    },
  });

  return {
    handlers: createHandlers({ ...deps, settings, tokens, audit, endpoints, door, numbers, refused }),
    connections: door.connections,
    start: async () => void (await door.adjust()),
    async stop() {
      stopping.abort(new Error('Pulser Field is closing'));
      await Promise.allSettled(running);
      await Promise.all([...endpoints.values()].map((endpoint) => endpoint.close()));
      await door.close();
      audit.close();
    },
  };
}
