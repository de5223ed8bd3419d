import { randomFillSync } from 'node:crypto';
import type { CommandName } from '#shared/contract/commands.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import type { Config } from '#main/config/read-config.ts';
import { createMcp } from '#main/mcp/create-mcp.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import { openStore } from '#main/store/open-store.ts';
import type { Store } from '#main/store/types.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { startMetricsServer } from '#main/telemetry/metrics-server.ts';
import type { Health, MetricsServer } from '#main/telemetry/metrics-server.ts';
import { registerCacheMetrics } from '#main/telemetry/cache-metrics.ts';
import { createMetrics } from '#main/telemetry/metrics.ts';
import type { MetricsDeps } from '#main/telemetry/metrics.ts';
import { createServiceMetrics } from '#main/telemetry/service-metrics.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { createAnnouncer } from './announcer.ts';
import { createAnswer } from './answer.ts';
import type { Answering } from './carriers/remote.ts';
import { createGate } from './gate.ts';
import { createLatency, watchLoopDelay } from '#main/telemetry/latency.ts';
import { watchNetworkCost } from './network-cost.ts';
import { readNumbers } from './numbers.ts';
import { createOwnHandlers } from './own-handlers.ts';
import type { HostParts, ServicesPart } from './parts.ts';
import type { HostPaths } from './paths.ts';
import { readStatus } from './status.ts';
import type { KeyKeeper } from './status.ts';
import type { Timers } from './timers.ts';
import { graceMs, watchUnreachable } from './unreachable.ts';

export type HostDeps = {
  readonly config: Config;
  readonly paths: HostPaths;
  /** The store's key, 32 bytes. */
  readonly key: Uint8Array;
  readonly keyKeptBy: KeyKeeper;
  readonly logger: Logger;
  readonly parts: HostParts;
  readonly timers: Timers;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Milliseconds on a steady clock. */
  readonly clock: () => number;
  readonly versions: Readonly<Record<string, string>>;
};

/** The host of one PC: its store, its daemon, and the answers to the contract. */
export type Host = Answering & {
  /** Starts the metrics and the daemon. */
  start(): Promise<{ readonly metricsPort: number }>;
  /** Wakes the daemon for a reason the host cannot see itself: the PC woke up, the network came back. */
  wake(reason: 'network' | 'resume'): void;
  /** Ends the daemon and what else runs, then closes the store. Nothing that was answered is lost. */
  stop(): Promise<void>;
};

/** Opens the store and builds the host around it. Nothing runs before `start`. Failures are those of `openStore`. */
export function openHost(deps: HostDeps): Result<Host, AppError> {
  const opened = openStore({
    file: deps.paths.database,
    key: deps.key,
    migrations: deps.paths.migrations,
    now: deps.now,
    ...(deps.paths.sqliteBinding === null ? {} : { nativeBinding: deps.paths.sqliteBinding }),
  });
  if (!opened.ok) {
    deps.logger.error('host.store-not-opened', { code: opened.error.code, detail: opened.error.detail });
    return opened;
  }
  return ok(buildHost(deps, opened.value));
}

function buildHost(deps: HostDeps, store: Store): Host {
  const { config, logger, parts, timers } = deps;
  const reads = createLatency();
  const loop = watchLoopDelay();
  const sync = parts.createSync({ store, config, timers, logger: logger.with({ part: 'sync' }) });
  const unreachable = watchUnreachable(sync.daemon, deps, () => announcer.statusMoved());
  const status = (): ReturnType<typeof readStatus> =>
    readStatus({
      read: store.read,
      daemon: () => sync.daemon.status(),
      now: deps.now,
      keyKeptBy: deps.keyKeptBy,
      warnings: [...config.warnings, ...cacheWarnings(assistants.cache)],
      offlineGraceMs: graceMs(config),
      unreachableSince: unreachable.since,
    });
  const announcer = createAnnouncer({ timers, state: () => status().state });
  const shop = parts.createShop({
    store,
    config,
    timers,
    logger: logger.with({ part: 'shop' }),
    importMoved: announcer.importMoved,
  });
  const assistants = parts.createServices({
    store,
    config,
    timers,
    logger: logger.with({ part: 'services' }),
    paths: deps.paths,
    key: deps.key,
    status,
    totals: sync.totals,
  });
  const serviceMetrics = createServiceMetrics();
  const mcp = createMcp({
    store,
    services: assistants.services,
    dataDir: deps.paths.dataDir,
    bridge: deps.paths.bridge,
    port: config.mcpPort,
    jwtSecret: config.jwtSecret,
    version: packageFile.version,
    pid: process.pid,
    logger: logger.with({ part: 'mcp' }),
    metrics: serviceMetrics,
    after: timers.after,
    clock: deps.clock,
    random: (bytes) => randomFillSync(bytes),
    extend: parts.extendServers ?? null,
  });
  const own = createOwnHandlers({
    store,
    config,
    daemon: sync.daemon,
    status,
    versions: deps.versions,
    reads: reads.read,
    loopDelay: loop.read,
  });
  const answer = createAnswer({
    handlers: { ...shop.handlers, ...sync.handlers, ...mcp.handlers, ...assistants.handlers, ...own },
    logger,
    expectedFailure: storeErrorOf,
    clock: deps.clock,
    onAnswered: (name, ms) => {
      if (isRead(name)) reads.record(ms);
    },
  });
  const gate = createGate(answer);
  const stopChanges = store.onChange((change) => announcer.changed(change));
  let metrics: MetricsServer | null = null;

  let starting: Promise<unknown> = Promise.resolve();
  let networkCost: ReturnType<typeof watchNetworkCost> | null = null;
  const start = async (): Promise<{ metricsPort: number }> => {
    metrics = await startMetrics(
      deps,
      store,
      () => ({ ok: true, state: status().state, degraded: cacheWarnings(assistants.cache) }),
      (registry) => {
        serviceMetrics.register(registry, mcp.connections);
        registerCacheMetrics(registry, assistants.cache);
      },
    );
    sync.daemon.start();
    await mcp.start();
    networkCost = watchNetworkCost({ platform: process.platform, timers, tell: sync.daemon.tellNetwork });
    logger.info('host.started', { metricsPort: metrics.port, warnings: config.warnings });
    return { metricsPort: metrics.port };
  };

  return {
    call: gate.call,
    on: announcer.on,
    wake: (reason) => {
      if (reason === 'network') networkCost?.ask();
      sync.daemon.wake(reason);
    },
    start() {
      const started = start();
      starting = started;
      return started;
    },
    async stop() {
      await gate.close();
      await starting;
      await mcp.stop();
      await assistants.stop();
      unreachable.stop();
      networkCost?.stop();
      await Promise.all([sync.daemon.stop(), shop.stop()]);
      await metrics?.close();
      stopChanges();
      announcer.close();
      loop.stop();
      store.close();
      logger.info('host.stopped');
    },
  };
}

function startMetrics(
  deps: HostDeps,
  store: Store,
  health: () => Health,
  also: NonNullable<MetricsDeps['also']>,
): Promise<MetricsServer> {
  return startMetricsServer({
    metrics: createMetrics({ readNumbers: () => readNumbers(store), now: deps.now, also }),
    health,
    port: deps.config.metricsPort,
    logger: deps.logger,
  });
}

/** What an operator should know of the cache: a sentence when what is shared cannot be used. */
function cacheWarnings(cache: ServicesPart['cache']): string[] {
  const { shared, note } = cache.health();
  return shared === 'degraded' ? [note] : [];
}

function isRead(name: CommandName): boolean {
  return /\.(list|get)$/.test(name);
}
