import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Pool } from 'pg';

import { createCloudKey } from '../functions/bundle-keys.ts';
import { functions } from '../functions/index.ts';
import { createAuthService } from './auth/service.ts';
import { createTokens } from './auth/tokens.ts';
import { type Cluster, clusterFolder, createCluster, hasCluster, startCluster } from './database/cluster.ts';
import { createKeeper } from './database/keeper-client.ts';
import { type CloudKeys, createKeys, readKeys, writeKeys } from './database/keys.ts';
import { createPlatform, hasPlatform, migrate } from './database/migrate.ts';
import { type Postgrest, startPostgrest } from './database/postgrest.ts';
import { createFaults, type Faults } from './gateway/faults.ts';
import { createFunctionsService } from './functions.ts';
import { type Gateway, startGateway } from './gateway/gateway.ts';
import { createRestProxy } from './gateway/rest.ts';
import { createRealtime } from './realtime/service.ts';
import { startUpkeep } from './upkeep.ts';
import type { LocalCloud, LocalCloudOptions } from './types.ts';

export type { LocalCloud, LocalCloudOptions } from './types.ts';

const platformDir = fileURLToPath(new URL('platform/', import.meta.url));
const maxRows = 1000;
const restPool = 10;

/** Things to undo, last first; what fails does not keep the rest from being undone. */
type Undo = { readonly add: (step: () => Promise<void> | void) => void; readonly run: () => Promise<void> };

function createUndo(): Undo {
  const steps: (() => Promise<void> | void)[] = [];
  let running: Promise<void> | undefined;
  async function runAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'The local cloud did not stop cleanly.');
  }
  return { add: (step) => void steps.push(step), run: () => (running ??= runAll()) };
}

/**
 * Starts a whole local cloud on loopback: real PostgreSQL with the project's migrations, real PostgREST, and stand-ins for
 * the rest of Supabase behind one address. Started again on the same folder it goes on with its data and keys.
 * @throws Error in plain words when the folder is in use, a migration fails, or a needed program is missing; nothing is
 * left running then
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const undo = createUndo();
  try {
    return await startParts(options, undo);
  } catch (error) {
    const more: unknown = await undo.run().catch((failure: unknown) => failure);
    if (more === undefined) throw error;
    const message = error instanceof Error ? error.message : 'The local cloud did not start.';
    throw new AggregateError([error, more], message, { cause: error });
  }
}

async function startParts(options: LocalCloudOptions, undo: Undo): Promise<LocalCloud> {
  const onError =
    options.onError ?? ((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)));
  const keeper = createKeeper();
  undo.add(() => keeper.close());
  if (options.temporary) {
    for (const folder of new Set([options.dataDir, await clusterFolder(options.dataDir)])) {
      keeper.removeFolder(folder);
      undo.add(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    }
  }

  const { keys, cluster } = await startDatabase(options, keeper);
  undo.add(() => cluster.stop());
  const adminDatabaseUrl = databaseUrl(cluster, 'supabase_admin', keys);
  const ownerUrl = databaseUrl(cluster, 'postgres', keys);
  if (!(await hasPlatform(adminDatabaseUrl))) await createPlatform(adminDatabaseUrl, platformDir, keys.passwords);
  const applied = await migrate(ownerUrl, options.migrationsDir);

  const postgrest = await startPostgrest({
    databaseUrl: databaseUrl(cluster, 'authenticator', keys),
    jwtSecret: keys.jwtSecret,
    maxRows,
    pool: restPool,
    keeper,
  });
  undo.add(() => postgrest.stop());
  const pool = new Pool({ connectionString: adminDatabaseUrl, max: 6 });
  pool.on('error', onError);
  // whoever works with a connection that is lost hears of it from the query that fails
  pool.on('connect', (client) => client.on('error', () => undefined));
  undo.add(() => pool.end());
  if (!options.temporary) {
    const ownerPool = new Pool({ connectionString: ownerUrl, max: 1 });
    ownerPool.on('error', onError);
    undo.add(() => ownerPool.end());
    undo.add(startUpkeep({ pool: ownerPool, onError }));
  }
  const faults = createFaults();
  const gateway = await startServices({ options, undo, keys, postgrest, pool, adminDatabaseUrl, faults, onError });

  return {
    url: addressOf(gateway),
    anonKey: keys.anonKey,
    serviceRoleKey: keys.serviceRoleKey,
    jwtSecret: keys.jwtSecret,
    databaseUrl: ownerUrl,
    adminDatabaseUrl,
    dataDir: options.dataDir,
    applied,
    faults,
    setOffline: gateway.setOffline,
    crashDatabase: cluster.crash,
    async reloadSchema() {
      const loaded = postgrest.nextSchemaLoad();
      await pool.query("notify pgrst, 'reload schema'");
      await loaded;
    },
    stop: undo.run,
  };
}

type ServicesDeps = {
  readonly options: LocalCloudOptions;
  readonly undo: Undo;
  readonly keys: CloudKeys;
  readonly postgrest: Postgrest;
  readonly pool: Pool;
  readonly adminDatabaseUrl: string;
  readonly faults: Faults;
  readonly onError: (error: unknown) => void;
};

/** Puts the services behind the one address. */
async function startServices(deps: ServicesDeps): Promise<Gateway> {
  const { options, undo, keys, postgrest, pool, adminDatabaseUrl, faults, onError } = deps;
  const now = options.now ?? Date.now;
  const url = (): string => addressOf(gateway);
  const rest = createRestProxy(() => postgrest.port);
  undo.add(() => rest.close());
  const tokens = createTokens({
    jwtSecret: keys.jwtSecret,
    issuer: () => `${url()}/auth/v1`,
    lifetimeSeconds: options.tokenLifetimeSeconds ?? 3600,
    now,
  });
  const realtime = await createRealtime({ databaseUrl: adminDatabaseUrl, pool, tokens, now, onError });
  undo.add(() => realtime.close());
  const runtime = createFunctionsService({
    handlers: options.functions ?? functions,
    env: () => ({
      SUPABASE_URL: url(),
      SUPABASE_ANON_KEY: keys.anonKey,
      SUPABASE_SERVICE_ROLE_KEY: keys.serviceRoleKey,
      PULSER_JWT_SECRET: keys.jwtSecret,
      PULSER_BUNDLE_KEY: keys.bundleKey ?? '',
    }),
    tokens,
    onError,
  });
  const gateway = await startGateway({
    port: options.port ?? 0,
    keys,
    faults,
    services: [
      { prefix: '/rest/v1', handle: rest.forward },
      createAuthService({ pool, tokens, now, reuseSeconds: options.refreshReuseSeconds ?? 10 }),
      realtime.service,
      runtime,
    ],
    webSockets: { path: '/realtime/v1/websocket', upgrade: realtime.upgrade },
    onError,
  });
  undo.add(() => gateway.close());
  return gateway;
}

function addressOf(gateway: Gateway): string {
  return `http://127.0.0.1:${gateway.port}`;
}

async function startDatabase(
  options: LocalCloudOptions,
  keeper: ReturnType<typeof createKeeper>,
): Promise<{ keys: CloudKeys; cluster: Cluster }> {
  // Passable for the database's user, readable for nobody else.
  if (!(await stat(options.dataDir).catch(() => undefined)))
    await mkdir(options.dataDir, { recursive: true, mode: 0o711 });
  const folder = await clusterFolder(options.dataDir);
  let keys = await readKeys(options.dataDir);
  if (!keys) {
    if (await hasCluster(folder)) {
      throw new Error(
        `The data of a local cloud is in ${folder}, but its keys are not in ${join(options.dataDir, 'keys.json')}. Restore that file, or delete the data to start anew.`,
      );
    }
    keys = await createKeys();
    await writeKeys(options.dataDir, keys);
  }
  if (keys.bundleKey === undefined) {
    keys = { ...keys, bundleKey: await createCloudKey() };
    await writeKeys(options.dataDir, keys);
  }
  const durable = options.durable ?? true;
  if (!(await hasCluster(folder))) await createCluster(folder, keys.passwords.supabase_admin, durable);
  const cluster = await startCluster({
    folder,
    durable,
    password: keys.passwords.supabase_admin,
    keeper,
  });
  return { keys, cluster };
}

function databaseUrl(cluster: Cluster, role: keyof CloudKeys['passwords'], keys: CloudKeys): string {
  return `postgresql://${role}:${keys.passwords[role]}@127.0.0.1:${cluster.port}/postgres`;
}
