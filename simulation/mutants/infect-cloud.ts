/** A database whose functions are those of a folder, mutant included. */
import { join } from 'node:path';
import { readSqlFiles } from '#cloud/local/database/migrate.ts';
import { connect, createWorldDatabase, type ClusterAddress } from '../cloud/cluster.ts';

export async function infectCloud(address: ClusterAddress, name: string, folder: string): Promise<void> {
  await createWorldDatabase(address, name);
  const client = await connect(address, name);
  try {
    // as the owner of the migrations, as in a real cloud
    await client.query('set role postgres');
    await client.query('begin');
    for (const { sql } of await readSqlFiles(join(folder, 'migrations/cloud/functions'))) await client.query(sql);
    await client.query('commit');
  } finally {
    await client.end();
  }
}
