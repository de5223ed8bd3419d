import type { IncomingMessage } from 'node:http';

import type { Pool } from 'pg';
import { z } from 'zod';

import { type Answer, empty, json, readJson } from '../gateway/answer.ts';
import type { Service } from '../gateway/gateway.ts';
import { adminUsers } from './admin.ts';
import { authError } from './failure.ts';
import { checkPassword, hashPassword } from './passwords.ts';
import { bearerOf, type Claims, type Tokens } from './tokens.ts';
import {
  closeSessions,
  findUser,
  openSession,
  rotateRefreshToken,
  sessionExists,
  showUser,
  type UserRow,
} from './users.ts';

type AuthDeps = {
  readonly pool: Pool;
  readonly tokens: Tokens;
  readonly now: () => number;
  /** For how long an exchanged refresh token is taken once more, because the answer may have been lost. */
  readonly reuseSeconds: number;
};

const passwordSchema = z.object({ email: z.string(), password: z.string() });
const refreshSchema = z.object({ refresh_token: z.string().min(1) });
const scopeSchema = z.enum(['global', 'local', 'others']).catch('global');

/** The stand-in for Supabase Auth: password and refresh sign-in, user, sign-out, and the administration of users. */
export function createAuthService(deps: AuthDeps): Service {
  return {
    prefix: '/auth/v1',
    async handle(request, rest) {
      const url = new URL(rest, 'http://auth');
      const route = `${request.method} ${url.pathname}`;
      if (route === 'POST /token') return grant(deps, request, url.searchParams.get('grant_type'));
      if (route === 'GET /health') return json(200, { name: 'GoTrue', description: 'Local stand-in' });
      if (route === 'GET /user') return withUser(deps, request, async (user) => json(200, showUser(user)));
      if (route === 'POST /logout') {
        const scope = scopeSchema.parse(url.searchParams.get('scope') ?? 'global');
        return withUser(deps, request, async (user, claims) => {
          await closeSessions(deps.pool, user.id, claims.session_id ?? '', scope);
          return empty(204);
        });
      }
      const admin = /^\/admin\/users(?:\/([^/]+))?$/.exec(url.pathname);
      if (admin) {
        const claims = await deps.tokens.verify(bearerOf(request.headers.authorization) ?? '');
        if (!claims) return authError(request, 401, 'no_authorization', 'This endpoint requires a valid Bearer token');
        if (claims.role !== 'service_role') return authError(request, 403, 'not_admin', 'User not allowed');
        return adminUsers(deps, request, admin[1] ?? '', url.searchParams);
      }
      if (route === 'POST /signup')
        return authError(request, 422, 'signup_disabled', 'Signups not allowed for this instance');
      return authError(request, 404, 'not_found', 'The local stand-in for Auth does not have this.');
    },
  };
}

function grant(deps: AuthDeps, request: IncomingMessage, type: string | null): Promise<Answer> {
  if (type === 'password') return passwordGrant(deps, request);
  if (type === 'refresh_token') return refreshGrant(deps, request);
  return Promise.resolve(authError(request, 400, 'validation_failed', 'unsupported_grant_type'));
}

/** Checked against when the user is unknown, so that the time of the answer does not tell. */
const decoy = hashPassword('nobody has this password');

async function passwordGrant(deps: AuthDeps, request: IncomingMessage): Promise<Answer> {
  const parsed = passwordSchema.safeParse(await readJson(request));
  if (!parsed.success) return authError(request, 400, 'validation_failed', 'Email and password are needed');
  const user = await findUser(deps.pool, 'email', parsed.data.email);
  const right = await checkPassword(parsed.data.password, user?.encrypted_password ?? (await decoy));
  if (!user || !right) return authError(request, 400, 'invalid_credentials', 'Invalid login credentials');
  if (isBanned(deps, user)) return authError(request, 400, 'user_banned', 'User is banned');
  const { sessionId, refreshToken } = await openSession(deps.pool, user.id);
  return sessionAnswer(deps, user, sessionId, refreshToken);
}

async function refreshGrant(deps: AuthDeps, request: IncomingMessage): Promise<Answer> {
  const parsed = refreshSchema.safeParse(await readJson(request));
  if (!parsed.success) return authError(request, 400, 'validation_failed', 'A refresh token is needed');
  const rotation = await rotateRefreshToken(deps.pool, parsed.data.refresh_token, deps.reuseSeconds);
  if (rotation.kind === 'unknown') {
    return authError(request, 400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found');
  }
  if (rotation.kind === 'reused') {
    return authError(request, 400, 'refresh_token_already_used', 'Invalid Refresh Token: Already Used');
  }
  const user = await findUser(deps.pool, 'id', rotation.userId);
  if (!user || isBanned(deps, user)) return authError(request, 400, 'user_banned', 'User is banned');
  return sessionAnswer(deps, user, rotation.sessionId, rotation.refreshToken);
}

async function sessionAnswer(deps: AuthDeps, user: UserRow, sessionId: string, refreshToken: string): Promise<Answer> {
  const { token, expiresAt } = await deps.tokens.sign({
    sub: user.id,
    role: user.role,
    email: user.email,
    session_id: sessionId,
    app_metadata: user.raw_app_meta_data,
    user_metadata: user.raw_user_meta_data,
  });
  return json(200, {
    access_token: token,
    token_type: 'bearer',
    expires_in: deps.tokens.lifetimeSeconds,
    expires_at: expiresAt,
    refresh_token: refreshToken,
    user: showUser(user),
  });
}

async function withUser(
  deps: AuthDeps,
  request: IncomingMessage,
  work: (user: UserRow, claims: Claims) => Promise<Answer>,
): Promise<Answer> {
  const claims = await deps.tokens.verify(bearerOf(request.headers.authorization) ?? '');
  if (!claims) return authError(request, 403, 'bad_jwt', 'invalid JWT: unable to parse or verify signature');
  if (claims.sub === undefined) return authError(request, 403, 'bad_jwt', 'invalid claim: missing sub claim');
  const user = await findUser(deps.pool, 'id', claims.sub);
  if (!user) return authError(request, 403, 'user_not_found', 'User from sub claim in JWT does not exist');
  if (claims.session_id === undefined || !(await sessionExists(deps.pool, claims.session_id))) {
    return authError(request, 403, 'session_not_found', 'Session from session_id claim in JWT does not exist');
  }
  return work(user, claims);
}

function isBanned(deps: AuthDeps, user: UserRow): boolean {
  return user.banned_until !== null && user.banned_until.getTime() > deps.now();
}
