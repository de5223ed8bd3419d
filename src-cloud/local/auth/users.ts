import { createHash, randomBytes } from 'node:crypto';

import type { Pool, PoolClient } from 'pg';

/** A row of auth.users. */
export type UserRow = {
  readonly id: string;
  readonly aud: string;
  readonly role: string;
  readonly email: string;
  readonly encrypted_password: string;
  readonly email_confirmed_at: Date;
  readonly last_sign_in_at: Date | null;
  readonly raw_app_meta_data: Record<string, unknown>;
  readonly raw_user_meta_data: Record<string, unknown>;
  readonly banned_until: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
};

/** A user as Auth shows it. */
export function showUser(user: UserRow): Record<string, unknown> {
  return {
    id: user.id,
    aud: user.aud,
    role: user.role,
    email: user.email,
    email_confirmed_at: user.email_confirmed_at,
    confirmed_at: user.email_confirmed_at,
    last_sign_in_at: user.last_sign_in_at,
    app_metadata: user.raw_app_meta_data,
    user_metadata: user.raw_user_meta_data,
    identities: [],
    created_at: user.created_at,
    updated_at: user.updated_at,
    is_anonymous: false,
    ...(user.banned_until === null ? {} : { banned_until: user.banned_until }),
  };
}

function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const value = await work(client);
    await client.query('commit');
    return value;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

/** Opens a session for a user and answers its first refresh token. */
export async function openSession(pool: Pool, userId: string): Promise<{ sessionId: string; refreshToken: string }> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      'insert into auth.sessions (user_id) values ($1) returning id',
      [userId],
    );
    const sessionId = rows[0]?.id ?? '';
    await client.query('update auth.users set last_sign_in_at = now() where id = $1', [userId]);
    return { sessionId, refreshToken: await addRefreshToken(client, sessionId, null) };
  });
}

async function addRefreshToken(client: PoolClient, sessionId: string, parent: string | null): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  await client.query('insert into auth.refresh_tokens (token_hash, parent, session_id) values ($1, $2, $3)', [
    tokenHash(token),
    parent,
    sessionId,
  ]);
  return token;
}

type RefreshRow = {
  readonly id: string;
  readonly session_id: string;
  readonly user_id: string;
  readonly revoked_at: Date | null;
  readonly fresh: boolean;
};

export type Rotation =
  | { readonly kind: 'rotated'; readonly sessionId: string; readonly userId: string; readonly refreshToken: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'reused' };

/**
 * Exchanges a refresh token for its successor. A token that was exchanged before is accepted again only within the
 * reuse interval and only if its successor was never used (the answer got lost on the way); otherwise somebody copied
 * it, and the whole session is closed.
 */
export async function rotateRefreshToken(pool: Pool, token: string, reuseSeconds: number): Promise<Rotation> {
  return inTransaction(pool, async (client): Promise<Rotation> => {
    const { rows } = await client.query<RefreshRow>(
      `select t.id, t.session_id, s.user_id, t.revoked_at, t.revoked_at > now() - make_interval(secs => $2) as fresh
       from auth.refresh_tokens t join auth.sessions s on s.id = t.session_id where t.token_hash = $1 for update`,
      [tokenHash(token), reuseSeconds],
    );
    const row = rows[0];
    if (!row) return { kind: 'unknown' };
    if (row.revoked_at !== null) {
      const { rowCount: used } = await client.query(
        'select 1 from auth.refresh_tokens where parent = $1 and revoked_at is not null',
        [row.id],
      );
      if (!row.fresh || used) {
        await client.query('delete from auth.sessions where id = $1', [row.session_id]);
        return { kind: 'reused' };
      }
      // Only hashes are kept, so the successor cannot be sent again: another one is made beside it.
    } else {
      await client.query('update auth.refresh_tokens set revoked_at = now() where id = $1', [row.id]);
    }
    const refreshToken = await addRefreshToken(client, row.session_id, row.id);
    return { kind: 'rotated', sessionId: row.session_id, userId: row.user_id, refreshToken };
  });
}

/** Closes sessions of a user: this one, all others, or all. */
export async function closeSessions(
  pool: Pool,
  userId: string,
  sessionId: string,
  scope: 'local' | 'others' | 'global',
): Promise<void> {
  const which = { local: 'and id = $2', others: 'and id <> $2', global: 'and ($2::uuid is null or true)' }[scope];
  await pool.query(`delete from auth.sessions where user_id = $1 ${which}`, [userId, sessionId]);
}

export async function findUser(pool: Pool, by: 'id' | 'email', value: string): Promise<UserRow | undefined> {
  const where = by === 'id' ? 'id = $1' : 'lower(email) = lower($1)';
  const { rows } = await pool.query<UserRow>(`select * from auth.users where ${where}`, [value]);
  return rows[0];
}

export async function sessionExists(pool: Pool, sessionId: string): Promise<boolean> {
  const { rowCount } = await pool.query('select 1 from auth.sessions where id = $1', [sessionId]);
  return rowCount === 1;
}
