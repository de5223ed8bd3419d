import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

const claimsSchema = z.looseObject({
  role: z.string(),
  sub: z.string().optional(),
  exp: z.number().optional(),
  session_id: z.string().optional(),
  app_metadata: z.record(z.string(), z.unknown()).optional(),
});

/** What a token of this cloud says; only server-set claims are ever trusted. */
export type Claims = z.infer<typeof claimsSchema>;

/** What an access token of a session says. */
type SignedClaims = {
  readonly sub: string;
  readonly role: string;
  readonly email: string;
  readonly session_id: string;
  readonly app_metadata: Readonly<Record<string, unknown>>;
  readonly user_metadata: Readonly<Record<string, unknown>>;
};

export type Tokens = {
  /** Signs an access token; `exp` follows from the configured life time. */
  readonly sign: (claims: SignedClaims) => Promise<{ token: string; expiresAt: number }>;
  /** The claims of a valid token of this cloud; `undefined` for anything else (expired, foreign, no token at all). */
  readonly verify: (token: string) => Promise<Claims | undefined>;
  readonly lifetimeSeconds: number;
};

/** Creates what signs (HS256) and checks the access tokens of one cloud. */
export function createTokens(deps: {
  readonly jwtSecret: string;
  readonly issuer: () => string;
  readonly lifetimeSeconds: number;
  readonly now: () => number;
}): Tokens {
  const secret = new TextEncoder().encode(deps.jwtSecret);
  return {
    lifetimeSeconds: deps.lifetimeSeconds,
    async sign(claims) {
      const issuedAt = Math.floor(deps.now() / 1000);
      const expiresAt = issuedAt + deps.lifetimeSeconds;
      const token = await new SignJWT({ ...claims, aal: 'aal1', is_anonymous: false })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(deps.issuer())
        .setAudience('authenticated')
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(secret);
      return { token, expiresAt };
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, secret, {
          algorithms: ['HS256'],
          currentDate: new Date(deps.now()),
        });
        return claimsSchema.parse(payload);
      } catch {
        return undefined; // whatever is wrong with it, it opens nothing
      }
    },
  };
}

/** The token of an `Authorization: Bearer …` header. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
}
