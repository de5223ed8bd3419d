import { createHash } from 'node:crypto';
import type { ClientToken, ServiceScope } from '#shared/contract/services.ts';
import { appError } from '#shared/contract/errors.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import type { ReadableDb, Store } from '#main/store/types.ts';

type Row = {
  id: string;
  name: string;
  scopes: string;
  created_at: number;
  expires_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
};
type NewToken = { readonly id: string; readonly token: string; readonly expiresAt: number };

export type Tokens = {
  /** Makes a token for `days` days. Its text is never kept: only its hash. */
  create(name: string, scopes: readonly ServiceScope[], days: number): NewToken;
  list(): ClientToken[];
  revoke(id: string): Result<null, AppError>;
  /** Another text for the same client; the old one is refused from now on. */
  rotate(id: string, days: number): Result<NewToken, AppError>;
  /** The token with this text, valid or not; null when there is none. */
  find(text: string): ClientToken | null;
  /** Remembers when a token was used, to the minute. */
  used(token: ClientToken): void;
};

export type TokenDeps = {
  readonly store: Store;
  /** Fills with random bytes. */
  readonly random: (bytes: Uint8Array) => Uint8Array;
};

/** How every token of this app begins, so that a person or a scanner knows one that lies around. */
export const tokenPrefix = 'pulser_';
const dayMs = 86_400_000;
const minuteMs = 60_000;

/** The tokens of clients. A token's text is 32 random bytes, so its plain hash cannot be guessed backwards, and the index finds it. */
export function createTokens({ store, random }: TokenDeps): Tokens {
  const announced = { tables: ['_services'], origin: 'local' } as const;
  const newText = (): string => tokenPrefix + Buffer.from(random(new Uint8Array(32))).toString('base64url');
  const one = (where: string, value: string): ClientToken | null => {
    const row = store.read.get<Row>(`SELECT * FROM _mcp_tokens WHERE ${where} = ?`, value);
    return row === undefined ? null : shown(row, store.now());
  };

  return {
    create(name, scopes, days) {
      const id = store.newId();
      const token = newText();
      const expiresAt = store.now() + days * dayMs;
      store.apply(announced, (db) =>
        db.run(
          'INSERT INTO _mcp_tokens (id, name, hash, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
          id,
          name,
          hashOf(token),
          JSON.stringify(scopes),
          store.now(),
          expiresAt,
        ),
      );
      return { id, token, expiresAt };
    },
    list: () => allTokens(store.read, store.now()),
    revoke(id) {
      if (one('id', id) === null) return fail(appError('not-found', 'token'));
      store.apply(announced, (db) =>
        db.run('UPDATE _mcp_tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?', store.now(), id),
      );
      return ok(null);
    },
    rotate(id, days) {
      const token = newText();
      const expiresAt = store.now() + days * dayMs;
      if (one('id', id)?.revokedAt !== null) return fail(appError('not-found', 'token'));
      store.apply(announced, (db) =>
        db.run('UPDATE _mcp_tokens SET hash = ?, expires_at = ? WHERE id = ?', hashOf(token), expiresAt, id),
      );
      return ok({ id, token, expiresAt });
    },
    find: (text) => one('hash', hashOf(text)),
    used(token) {
      if (token.lastUsedAt !== null && store.now() - token.lastUsedAt < minuteMs) return;
      const first = token.lastUsedAt === null ? announced : null;
      try {
        store.apply(
          first,
          (db) => db.run('UPDATE _mcp_tokens SET last_used_at = ? WHERE id = ?', store.now(), token.id),
          'lazy',
        );
      } catch (error) {
        // a full disk must not keep an assistant from reading
        if (storeErrorOf(error) === null) throw error;
      }
    },
  };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

function allTokens(db: ReadableDb, now: number): ClientToken[] {
  return db.all<Row>('SELECT * FROM _mcp_tokens ORDER BY id DESC').map((row) => shown(row, now));
}

function shown(row: Row, now: number): ClientToken {
  return {
    id: row.id,
    name: row.name,
    scopes: JSON.parse(row.scopes) as ServiceScope[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    state: row.revoked_at === null ? (row.expires_at > now ? 'valid' : 'expired') : 'revoked',
  };
}
