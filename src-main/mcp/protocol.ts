import { createRequestStateCodec } from '@modelcontextprotocol/server';
import type { AppError } from '#shared/contract/errors.ts';
import type { Result } from '#shared/result.ts';
import type { ListedTool } from '#main/services/base/tool-list.ts';
import type { Service } from '#main/services/base/types.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import type { Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { createAccess } from './access.ts';
import type { Extend } from './extension.ts';
import { healthOf, overallHealth } from './health.ts';
import { createSigner } from './keys.ts';
import { listen } from './listener.ts';
import type { Listener } from './listener.ts';
import { createOnce } from './once.ts';
import { createEndpoint } from './service-endpoint.ts';
import type { Asked } from './serve-tool.ts';
import type { Ended } from './serving.ts';
import type { ServiceSettings } from './settings.ts';
import type { Tokens } from './tokens.ts';
import { createWriteLimit } from './write-limit.ts';

export type ProtocolDeps = {
  readonly store: Store;
  readonly services: readonly Service[];
  /** Each service's tools as they are listed. */
  readonly listed: ReadonlyMap<string, ReadonlyMap<string, ListedTool>>;
  readonly settings: ServiceSettings;
  readonly tokens: Tokens;
  readonly jwtSecret: string | null;
  readonly logger: Logger;
  /** Calls once after so many milliseconds; the returned function cancels. */
  readonly after: (ms: number, work: () => void) => () => void;
  /** Milliseconds on a steady clock. */
  readonly clock: () => number;
  /** Fills with random bytes. */
  readonly random: (bytes: Uint8Array) => Uint8Array;
  readonly onEnded: (call: Ended) => void;
  /** Hears of a request that was turned away, in a word. */
  readonly onRefused: (reason: string) => void;
  /** What a test build adds; null in the product. */
  readonly extend: Extend | null;
};

/** Everything that speaks the protocol. It is loaded with the first service that is switched on: most PCs never need it. */
export type Protocol = {
  listen(port: number): Promise<Result<Listener, AppError>>;
  /** Tells the clients of a service that its list of tools is another now. */
  toolsChanged(service: string): void;
  /** Ends sessions of older clients: of one service, of one token, or all. */
  closeSessions(which: { readonly service?: string; readonly tokenId?: string }): Promise<void>;
  /** Ends what runs, and waits for it; not for ever, so that a tool that does not listen cannot keep the app from closing. */
  close(): Promise<void>;
};

/** How long a call may take to end when the app closes. */
const patienceMs = 5000;
/** A question to a person may be answered within so many seconds. */
const answerSeconds = 600;

export function createProtocol(deps: ProtocolDeps): Protocol {
  const { store, settings, logger } = deps;
  const signer = createSigner(store, deps.random);
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();
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
    onEnded: deps.onEnded,
    running: <T>(work: Promise<T>): Promise<T> => {
      running.add(work);
      return work.finally(() => running.delete(work));
    },
  };
  const endpoints = new Map(
    deps.services.map((service) => {
      const plan = { service, listed: deps.listed.get(service.id) ?? new Map<string, ListedTool>() };
      return [service.id, createEndpoint(plan, { ...shared, extend: deps.extend })];
    }),
  );
  const byId = new Map(deps.services.map((service) => [service.id, service]));
  const listening = {
    access: createAccess({ store, tokens: deps.tokens, jwtSecret: deps.jwtSecret }),
    stateOf: (id: string) => (endpoints.has(id) ? (settings.tierOf(id) === 'off' ? 'off' : 'on') : 'unknown'),
    serve: async (admitted) => endpoints.get(admitted.service)?.serve(admitted),
    health: (id) => (id === null ? overallHealth(deps.services, settings) : healthOf(byId.get(id))),
    onRefused: deps.onRefused,
    logger,
  } satisfies Parameters<typeof listen>[1];

  return {
    listen: (port) => listen(port, listening),
    toolsChanged: (service) => endpoints.get(service)?.toolsChanged(),
    async closeSessions({ service, tokenId }) {
      const meant = [...endpoints].filter(([id]) => (service ?? id) === id);
      await Promise.all(meant.map(([, endpoint]) => endpoint.closeSessions(tokenId)));
    },
    async close() {
      stopping.abort(new Error('Pulser Field is closing'));
      await settled(running, deps.after);
      // their answers are still on the way through the library to the sockets
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([...endpoints.values()].map((endpoint) => endpoint.close()));
    },
  };
}

/** Waits for all of them, but not for ever. */
async function settled(running: ReadonlySet<Promise<unknown>>, after: ProtocolDeps['after']): Promise<void> {
  let cancel = (): void => undefined;
  const enough = new Promise<void>((resolve) => (cancel = after(patienceMs, resolve)));
  await Promise.race([Promise.allSettled(running), enough]);
  cancel();
}
