/** The cloud for tests: `const cloud = await testCloud()` and, after them, `await cloud.stop()`. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Pool } from 'pg';
import type { QueryResultRow } from 'pg';

import { databaseUser, isReachable, reachableRoot } from './database/binaries.ts';
import { clusterFolder } from './database/cluster.ts';
import { copyCluster } from './database/copy.ts';
import { createApiKeys, readKeys, writeKeys } from './database/keys.ts';
import { readSqlFiles } from './database/migrate.ts';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from './start.ts';

/** Runs a query and answers its rows. */
type Sql = <Row extends QueryResultRow = QueryResultRow>(query: string, params?: readonly unknown[]) => Promise<Row[]>;

export type TestCloud = LocalCloud & {
  /** As the owner of the migrations (bypasses row level security). */
  readonly sql: Sql;
  /** As superuser. */
  readonly adminSql: Sql;
  /** A connection of its own as superuser, for transactions that stay open. */
  readonly session: () => Promise<{ readonly sql: Sql; readonly end: () => Promise<void> }>;
};

const projectDir = fileURLToPath(new URL('../../', import.meta.url));

/** The project's own cloud migrations. */
export const projectMigrations = join(projectDir, 'migrations', 'cloud');

/**
 * A fresh cloud with the migrations applied and nothing else in it, keys of its own, gone without trace after `stop()`
 * (or when this process dies). The first call for a set of migrations builds a template; later ones copy it.
 */
export async function testCloud(
  options: Partial<Omit<LocalCloudOptions, 'dataDir' | 'durable' | 'temporary'>> = {},
): Promise<TestCloud> {
  const migrationsDir = options.migrationsDir ?? projectMigrations;
  const dataDir = await mkdtemp(join(tmpdir(), 'pulser-cloud-'));
  await openFolder(dataDir);
  await prepareFolder(dataDir, migrationsDir);
  const cloud = await startLocalCloud({ ...options, migrationsDir, dataDir, durable: false, temporary: true });
  const owner = new Pool({ connectionString: cloud.databaseUrl, max: 4 });
  const admin = new Pool({ connectionString: cloud.adminDatabaseUrl, max: 2 });
  // a connection that is just being closed may still hear that PostgreSQL stops
  for (const pool of [owner, admin]) pool.on('error', () => undefined);
  return {
    ...cloud,
    sql: queryOn(owner),
    adminSql: queryOn(admin),
    session: () => openSession(cloud.adminDatabaseUrl),
    async stop() {
      if (!owner.ended) await Promise.all([owner.end(), admin.end()]);
      await cloud.stop();
    },
  };
}

/** Fills a data folder as a first start would have, with keys of its own, from a template: many times faster. */
export async function prepareFolder(dataDir: string, migrationsDir: string): Promise<void> {
  const template = await findTemplate(migrationsDir);
  const cluster = await clusterFolder(dataDir);
  await mkdir(join(cluster, '..'), { recursive: true, mode: 0o755 });
  copyCluster(await clusterFolder(template), cluster);
  const templateKeys = await readKeys(template);
  if (!templateKeys) throw new Error(`The template in ${template} has no keys. Delete it.`);
  await writeKeys(dataDir, { ...templateKeys, ...(await createApiKeys()) });
}

async function openSession(connectionString: string): ReturnType<TestCloud['session']> {
  const client = new Client({ connectionString });
  // whoever's connection is cut hears of it from the next query
  client.on('error', () => undefined);
  await client.connect();
  return { sql: queryOn(client), end: () => client.end() };
}

function queryOn(pool: Pool | Client): Sql {
  return async (query, params = []) => {
    const result = await pool.query(query, [...params]);
    return result.rows as never;
  };
}

/** mkdtemp makes folders that only we may enter; the database's user has to pass. */
async function openFolder(folder: string): Promise<void> {
  await chmod(folder, 0o711);
}

/** Migrations change often while they are written; a template in use was touched a moment ago. */
const templatesKept = 2 * 3_600_000;

/** A stopped cloud with exactly these migrations, built on first use. */
async function findTemplate(migrationsDir: string): Promise<string> {
  const local = join(projectDir, '.cache', 'cloud-templates');
  const root = (await isReachable(local, databaseUser())) ? local : join(reachableRoot, 'templates');
  const template = join(root, await fingerprint(migrationsDir));
  if (await stat(template).catch(() => undefined)) {
    await utimes(template, new Date(), new Date());
    return template;
  }
  await mkdir(root, { recursive: true, mode: 0o755 });
  await removeOldTemplates(root);
  const half = await mkdtemp(`${template}.`);
  await openFolder(half);
  try {
    const cloud = await startLocalCloud({ dataDir: half, migrationsDir, durable: false, functions: {} });
    await dropSpareDatabases(cloud.adminDatabaseUrl);
    await cloud.stop();
    await rename(half, template);
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    // Another test process may have finished the same template first.
    if (!(await stat(template).catch(() => undefined))) throw error;
  }
  return template;
}

/** Two thirds of a cluster's thousand files are PostgreSQL's own templates; a copy without them takes a third of the time. */
async function dropSpareDatabases(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  await client.query("update pg_database set datistemplate = false where datname in ('template0', 'template1')");
  await client.query('drop database template1');
  await client.query('drop database template0');
  await client.end();
}

async function fingerprint(migrationsDir: string): Promise<string> {
  const platformDir = fileURLToPath(new URL('platform/', import.meta.url));
  const hash = createHash('sha256');
  const functionsDir = join(migrationsDir, 'functions');
  const folders = [
    platformDir,
    migrationsDir,
    ...(await stat(functionsDir).then(
      () => [functionsDir],
      () => [],
    )),
  ];
  for (const folder of folders) {
    for (const { name, checksum } of await readSqlFiles(folder)) hash.update(`${name} ${checksum}\n`);
  }
  // How a cluster is created is part of what it is.
  for (const file of ['database/cluster.ts', 'testing.ts']) {
    hash.update(await readFile(fileURLToPath(new URL(file, import.meta.url))));
  }
  return hash.digest('hex').slice(0, 16);
}

async function removeOldTemplates(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const found = await stat(join(root, name)).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > templatesKept)
      await rm(join(root, name), { recursive: true, force: true });
  }
}
