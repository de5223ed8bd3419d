import { errors as joseErrors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { ServiceScope } from '#shared/contract/services.ts';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { Store } from '#main/store/types.ts';
import type { Caller } from '#main/services/base/types.ts';
import { tokenPrefix } from './tokens.ts';
import type { Tokens } from './tokens.ts';

/** A client that was let in, and what it may do. */
export type Client = Caller & { readonly scopes: readonly ServiceScope[] };

/** Why a client was not let in, in words for the person who set it up. */
export type Refusal = {
  readonly reason: 'no-token' | 'unknown-token' | 'expired' | 'revoked';
  readonly message: string;
};

export type AccessDeps = {
  readonly store: Store;
  readonly tokens: Tokens;
  /** PULSER_JWT_SECRET; null: only tokens made here are taken. */
  readonly jwtSecret: string | null;
};

/** Answers whom the Authorization header of a request names. */
export type Access = (authorization: string | undefined) => Promise<Result<Client, Refusal>>;

/** Lets in tokens made on this PC, and, where a secret is configured, signed tokens (HS256) that a fleet makes for its clients. */
export function createAccess(deps: AccessDeps): Access {
  const secret = deps.jwtSecret === null ? null : new TextEncoder().encode(deps.jwtSecret);
  return async (authorization) => {
    const text = /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(authorization ?? '')?.[1];
    if (text === undefined) return refuse('no-token');
    if (!text.startsWith(tokenPrefix) && secret !== null) return fromJwt(text, secret, deps.store);
    const token = deps.tokens.find(text);
    if (token === null) return refuse('unknown-token');
    if (token.state !== 'valid') return refuse(token.state);
    deps.tokens.used(token);
    return ok({ client: token.name, tokenId: token.id, scopes: token.scopes });
  };
}

const words: Readonly<Record<Refusal['reason'], string>> = {
  'no-token': 'This address needs a token: Authorization: Bearer … Make one under Services in Pulser Field.',
  'unknown-token': 'This token is not known here. Make one under Services in Pulser Field.',
  expired: 'This token has expired. Renew it under Services in Pulser Field.',
  revoked: 'This token was revoked. Make a new one under Services in Pulser Field.',
};

function refuse(reason: Refusal['reason']): Result<Client, Refusal> {
  return fail({ reason, message: words[reason] });
}

const claims = z.object({
  sub: z.string().min(1).max(80),
  /** As in OAuth: names with blanks between, `mcp:scout mcp:voice:write`. */
  scope: z.string().max(2000).default(''),
});

/**
 * A signed token of a fleet: HS256 with the configured secret, `sub` the client's name, `exp` always, `aud` this app, this store or this PC
 * (`pulser-field`, `pulser-field/<store id>`, `pulser-field/<device id>`).
 */
async function fromJwt(text: string, secret: Uint8Array, store: Store): Promise<Result<Client, Refusal>> {
  const identity = readIdentity(store.read);
  const places = identity === null ? [] : [identity.storeId, identity.deviceId];
  try {
    const { payload } = await jwtVerify(text, secret, {
      algorithms: ['HS256'],
      audience: ['pulser-field', ...places.map((id) => `pulser-field/${id}`)],
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(store.now()),
      clockTolerance: 60,
    });
    const parsed = claims.safeParse(payload);
    if (!parsed.success) return refuse('unknown-token');
    const { sub, scope } = parsed.data;
    return ok({ client: sub, tokenId: `jwt:${sub}`, scopes: scopesOf(scope) });
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) return refuse('expired');
    if (error instanceof joseErrors.JOSEError) return refuse('unknown-token');
    throw error;
  }
}

function scopesOf(text: string): ServiceScope[] {
  const scopes = new Map<string, ServiceScope>();
  for (const word of text.split(/\s+/)) {
    const match = /^mcp:([a-z]{2,20})(:write)?$/.exec(word);
    if (match?.[1] === undefined) continue;
    const write = match[2] !== undefined || scopes.get(match[1])?.write === true;
    scopes.set(match[1], { service: match[1], write });
  }
  return [...scopes.values()];
}
