/** PostgreSQL for simulated clouds: one cluster for all workers, a database for each, put back to its beginning between runs. */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { clusterFolder, startCluster } from '#cloud/local/database/cluster.ts';
import { createKeeper } from '#cloud/local/database/keeper-client.ts';
import { readKeys } from '#cloud/local/database/keys.ts';
import { prepareFolder, projectMigrations } from '#cloud/local/testing.ts';

/** How to reach a cluster; plain data, so that a worker process can be told. */
export type ClusterAddress = {
  readonly port: number;
  readonly adminPassword: string;
  readonly authenticatorPassword: string;
};

export type SimCluster = { readonly address: ClusterAddress; readonly stop: () => Promise<void> };

/** The database that worlds are copied from. */
export const templateDatabase = 'sim_template';

/** Where stores and clusters of a run lie: in memory where the machine offers that, for nothing here has to survive. */
export function workFolder(prefix: string): string {
  const root = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  return mkdtempSync(join(root, prefix));
}

/** Starts a cluster with the project's schema in the database `sim_template`. It ends with this process. */
export async function startSimCluster(): Promise<SimCluster> {
  const folder = workFolder('pulser-simulation-');
  chmodSync(folder, 0o711);
  const keeper = createKeeper();
  keeper.removeFolder(folder);
  await prepareFolder(folder, projectMigrations);
  const keys = await readKeys(folder);
  if (!keys) throw new Error('The template cloud has no keys');
  const password = keys.passwords.supabase_admin;
  const cluster = await startCluster({ folder: await clusterFolder(folder), durable: false, password, keeper });
  const address = {
    port: cluster.port,
    adminPassword: password,
    authenticatorPassword: keys.passwords.authenticator,
  };
  const client = await connect(address, 'postgres');
  // what runs by itself would make one run differ from the next
  await client.query('alter system set autovacuum = off');
  await client.query(`alter system set deadlock_timeout = '1h'`);
  await client.query('select pg_reload_conf()');
  await copyDatabase(client, 'postgres', templateDatabase);
  await client.end();
  return {
    address,
    async stop() {
      await cluster.stop();
      keeper.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes a new database as a copy of another one. */
export async function createWorldDatabase(
  address: ClusterAddress,
  name: string,
  template = templateDatabase,
): Promise<void> {
  const client = await connect(address, 'postgres');
  try {
    await copyDatabase(client, template, name);
  } finally {
    await client.end();
  }
}

async function copyDatabase(client: Client, from: string, to: string): Promise<void> {
  await client.query(`drop database if exists "${to}" with (force)`);
  await client.query(`create database "${to}" template "${from}"`);
  // settings of a database are not copied with it
  await client.query(`alter database "${to}" set search_path = "$user", public, extensions`);
}

/** A connection as superuser, or as the role that PostgREST connects as. */
export async function connect(
  address: ClusterAddress,
  database: string,
  role: 'supabase_admin' | 'authenticator' = 'supabase_admin',
): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port: address.port,
    user: role,
    password: role === 'authenticator' ? address.authenticatorPassword : address.adminPassword,
    database,
  });
  // a connection that the simulation itself cuts
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
