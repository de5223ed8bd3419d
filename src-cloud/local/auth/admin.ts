import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { DatabaseError, type Pool } from 'pg';
import { z } from 'zod';

import { type Answer, json, readJson } from '../gateway/answer.ts';
import { authError } from './failure.ts';
import { hashPassword } from './passwords.ts';
import { findUser, showUser, type UserRow } from './users.ts';

type AdminDeps = { readonly pool: Pool; readonly now: () => number };

const banUnits: Record<string, number> = { s: 1, m: 60, h: 3600 };
const banSchema = z.string().regex(/^(none|(\d+[smh])+)$/);

const changesSchema = z.object({
  email: z.email().optional(),
  password: z.string().min(6).max(256).optional(),
  app_metadata: z.record(z.string(), z.unknown()).optional(),
  user_metadata: z.record(z.string(), z.unknown()).optional(),
  ban_duration: banSchema.optional(),
});
const createSchema = changesSchema.extend({
  id: z.uuid().optional(),
  email: z.email(),
  password: z.string().min(6).max(256).optional(),
});

/** `/auth/v1/admin/users`: create, list, read, change and delete users. The caller has proved the service role. */
export async function adminUsers(
  deps: AdminDeps,
  request: IncomingMessage,
  id: string,
  query: URLSearchParams,
): Promise<Answer> {
  const { pool } = deps;
  const method = request.method ?? 'GET';
  if (id === '') {
    if (method === 'POST') return createUser(deps, request);
    if (method === 'GET') return listUsers(pool, query);
  } else {
    if (!z.uuid().safeParse(id).success) return authError(request, 404, 'validation_failed', 'user_id must be an UUID');
    const user = await findUser(pool, 'id', id);
    if (!user) return authError(request, 404, 'user_not_found', 'User not found');
    if (method === 'GET') return json(200, showUser(user));
    if (method === 'PUT') return changeUser(deps, request, user);
    if (method === 'DELETE') {
      await pool.query('delete from auth.users where id = $1', [id]);
      return json(200, {});
    }
  }
  return authError(request, 405, 'bad_method', 'Method not allowed');
}

async function createUser({ pool, now }: AdminDeps, request: IncomingMessage): Promise<Answer> {
  const parsed = createSchema.safeParse(await readJson(request));
  if (!parsed.success) return authError(request, 400, 'validation_failed', z.prettifyError(parsed.error));
  const wanted = parsed.data;
  const id = wanted.id ?? randomUUID();
  // Without a password nobody can sign in: the hash is of something nobody knows.
  const hash = await hashPassword(wanted.password ?? randomUUID() + randomUUID());
  const appMetadata = { provider: 'email', providers: ['email'], ...wanted.app_metadata };
  try {
    await pool.query(
      `insert into auth.users (id, email, encrypted_password, raw_app_meta_data, raw_user_meta_data, banned_until)
       values ($1, lower($2), $3, $4, $5, $6)`,
      [id, wanted.email, hash, appMetadata, wanted.user_metadata ?? {}, bannedUntil(wanted.ban_duration, now())],
    );
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '23505') {
      return authError(request, 422, 'email_exists', 'A user with this email address has already been registered');
    }
    throw error;
  }
  const user = await findUser(pool, 'id', id);
  return user ? json(200, showUser(user)) : authError(request, 404, 'user_not_found', 'User not found');
}

async function listUsers(pool: Pool, query: URLSearchParams): Promise<Answer> {
  const perPage = Math.min(Math.max(Number(query.get('per_page') ?? 50) || 50, 1), 1000);
  const page = Math.max(Number(query.get('page') ?? 1) || 1, 1);
  const { rows } = await pool.query<UserRow>('select * from auth.users order by created_at, id limit $1 offset $2', [
    perPage,
    (page - 1) * perPage,
  ]);
  const { rows: counted } = await pool.query<{ n: string }>('select count(*) as n from auth.users');
  return json(200, { users: rows.map(showUser), aud: 'authenticated' }, { 'x-total-count': counted[0]?.n ?? '0' });
}

async function changeUser({ pool, now }: AdminDeps, request: IncomingMessage, user: UserRow): Promise<Answer> {
  const parsed = changesSchema.safeParse(await readJson(request));
  if (!parsed.success) return authError(request, 400, 'validation_failed', z.prettifyError(parsed.error));
  const wanted = parsed.data;
  await pool.query(
    `update auth.users set email = lower($2), encrypted_password = $3, raw_app_meta_data = $4, raw_user_meta_data = $5,
       banned_until = $6, updated_at = now() where id = $1`,
    [
      user.id,
      wanted.email ?? user.email,
      wanted.password === undefined ? user.encrypted_password : await hashPassword(wanted.password),
      merged(user.raw_app_meta_data, wanted.app_metadata),
      merged(user.raw_user_meta_data, wanted.user_metadata),
      wanted.ban_duration === undefined ? user.banned_until : bannedUntil(wanted.ban_duration, now()),
    ],
  );
  const changed = await findUser(pool, 'id', user.id);
  return changed ? json(200, showUser(changed)) : authError(request, 404, 'user_not_found', 'User not found');
}

/** Metadata is merged key by key; null takes a key away. */
function merged(now: Record<string, unknown>, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...now, ...changes }).filter(([, value]) => value !== null));
}

function bannedUntil(duration: string | undefined, now: number): Date | null {
  if (duration === undefined || duration === 'none') return null;
  let seconds = 0;
  for (const [, count, unit] of duration.matchAll(/(\d+)([smh])/g))
    seconds += Number(count) * (banUnits[unit ?? 's'] ?? 1);
  return new Date(now + seconds * 1000);
}
