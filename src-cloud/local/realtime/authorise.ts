import { randomUUID } from 'node:crypto';

import { DatabaseError, type Pool, type PoolClient } from 'pg';

import type { Claims } from '../auth/tokens.ts';

/** What a user may do on a private channel. */
export type Access = { readonly read: boolean; readonly write: boolean };

const apiRoles = new Set(['anon', 'authenticated', 'service_role']);

/**
 * Asks the policies on realtime.messages what the bearer of `claims` may do on `topic`, the way the real server does: a
 * probe row is read and one written with the user's role and claims, and everything is rolled back.
 */
export async function authorise(pool: Pool, claims: Claims, topic: string): Promise<Access> {
  if (!apiRoles.has(claims.role)) return { read: false, write: false };
  const client = await pool.connect();
  try {
    await client.query('begin');
    const id = randomUUID();
    await client.query("insert into realtime.messages (id, topic, extension) values ($1, $2, 'broadcast')", [
      id,
      topic,
    ]);
    await client.query(
      `select set_config('realtime.topic', $1, true), set_config('request.jwt.claims', $2, true), set_config('role', $3, true)`,
      [topic, JSON.stringify(claims), claims.role],
    );
    const read = (await allowed(client, 'select 1 from realtime.messages where id = $1', [id])) === 1;
    const write = await allowed(client, "insert into realtime.messages (topic, extension) values ($1, 'broadcast')", [
      topic,
    ]);
    return { read, write: write === 1 };
  } finally {
    // a connection that is lost has taken everything back, and is of no more use
    await client.query('rollback').then(
      () => client.release(),
      (error: Error) => client.release(error),
    );
  }
}

/** How many rows a statement reached; none when a policy or a missing grant refuses it. */
async function allowed(client: PoolClient, query: string, params: unknown[]): Promise<number> {
  await client.query('savepoint probe');
  try {
    const { rowCount } = await client.query(query, params);
    return rowCount ?? 0;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '42501') throw error;
    await client.query('rollback to savepoint probe');
    return 0;
  }
}
