/** How a PC signs in: with its key pair, for tokens of some minutes that are renewed before they end. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { fail, ok, type Result } from '#shared/result.ts';
import { createKeyPair, keyPairOf, signText } from './key-pair.ts';
import type { Refusal } from './functions.ts';
import type { Credential, KeyCredential, PasswordCredential, TransportFailure } from './types.ts';

export type SignInDeps = {
  /** Calls the Edge Function `token`. */
  readonly askToken: (body: Record<string, unknown>) => Promise<Result<unknown, Refusal>>;
  /** Signs in with a password: the way of PCs that were enrolled by the version before. */
  readonly withPassword: (
    credential: PasswordCredential,
  ) => Promise<Result<{ token: string; expiresIn: number; deviceId: string }, TransportFailure>>;
  /** Gives the PC that a token belongs to a key pair instead of its password. */
  readonly setKey: (token: string, publicKey: string) => Promise<Result<null, TransportFailure>>;
  /** Milliseconds since 1970 UTC, by a clock that may be wrong. */
  readonly now: () => number;
  /** Milliseconds on a clock that nobody sets. */
  readonly steady: () => number;
};

export type SignIn = {
  /** Sets or replaces the credential. `keep` writes down a better one that the PC has come to, `learn` the cloud's key for bundles. */
  use(credential: Credential | null, keep: (credential: Credential) => void, learn?: (bundleKey: string) => void): void;
  /** Makes sure that there is a token which is good for a while. Calls at the same time share one sign-in. */
  ensure(): Promise<Result<null, TransportFailure>>;
  /** Gets another token than `refused`, which the cloud no longer took. */
  renew(refused: string | null): Promise<Result<null, TransportFailure>>;
  /** The token of the last sign-in; null without one. */
  token(): string | null;
};

/** A token is renewed this long before its end. */
const marginMs = 60_000;

/** Failures after which nobody knows whether the cloud did what it was asked. */
const passing: ReadonlySet<TransportFailure['kind']> = new Set(['offline', 'busy', 'rude']);

const tokenAnswer = z.object({
  token: z.string(),
  expiresIn: z.number(),
  now: z.number(),
  bundleKey: z.string().optional(),
});
const clockAnswer = z.object({ code: z.literal('clock'), now: z.number() });

type Held = { readonly token: string; readonly expiresIn: number };

export function createSignIn(deps: SignInDeps): SignIn {
  let credential: Credential | null = null;
  let keep: (credential: Credential) => void = () => undefined;
  let learn: (bundleKey: string) => void = () => undefined;
  let held: { token: string; endsAt: number; endsSteady: number } | null = null;
  let running: Promise<Result<null, TransportFailure>> | null = null;
  let offset = 0;
  /** Counts credentials that were set: a sign-in with an older one is worth nothing. */
  let generation = 0;

  const withKey = async (key: KeyCredential): Promise<Result<Held, TransportFailure>> => {
    const attempt = (): Promise<Result<unknown, Refusal>> => {
      const at = Math.round(deps.now() + offset);
      const nonce = randomUUID();
      const signature = signText(key.privateKey, ['pulser-sign-in', key.deviceId, at, nonce].join('\n'));
      return deps.askToken({ deviceId: key.deviceId, at, nonce, signature });
    };
    let answer = await attempt();
    const clock = answer.ok ? null : clockAnswer.safeParse(answer.error.body);
    if (clock?.success) {
      // a wrong clock stops nobody: the cloud's is taken
      offset = clock.data.now - deps.now();
      answer = await attempt();
    }
    if (!answer.ok) return fail(withoutBody(answer.error));
    const parsed = tokenAnswer.safeParse(answer.value);
    if (!parsed.success) return fail({ kind: 'rude', detail: `token: ${parsed.error.message.slice(0, 300)}` });
    offset = parsed.data.now - deps.now();
    if (parsed.data.bundleKey !== undefined) learn(parsed.data.bundleKey);
    return ok(parsed.data);
  };

  /** The version before enrolled PCs with a password. They move to a key pair of their own as soon as the cloud takes it. */
  const moveToKey = async (old: PasswordCredential): Promise<Result<Held, TransportFailure>> => {
    if (old.next) {
      // the cloud may have taken the key already, and only its answer was lost
      const moved = await withKey(old.next);
      if (moved.ok) keepAs(old, old.next);
      if (moved.ok || passing.has(moved.error.kind)) return moved;
    }
    const signedIn = await deps.withPassword(old);
    if (!signedIn.ok) return signedIn;
    const pair = old.next ? keyPairOf(old.next.privateKey) : createKeyPair();
    const next = { deviceId: signedIn.value.deviceId, privateKey: pair.privateKey };
    const waiting = keepAs(old, { email: old.email, password: old.password, next });
    if (!waiting) return signedIn;
    const set = await deps.setKey(signedIn.value.token, pair.publicKey);
    // the cloud may have taken it: then the password is worth nothing any more
    if (!set.ok && passing.has(set.error.kind)) return set;
    // an older cloud takes no keys, and a copy of a disk has to find out what it is
    if (!set.ok) return signedIn;
    const withNew = await withKey(next);
    if (withNew.ok) keepAs(waiting, next);
    return withNew;
  };

  /** Writes down a better credential, unless another one was set meanwhile. */
  const keepAs = <C extends Credential>(instead: Credential, next: C): C | null => {
    if (credential !== instead) return null;
    keep(next);
    credential = next;
    return next;
  };

  const signIn = async (): Promise<Result<null, TransportFailure>> => {
    if (!credential) return fail({ kind: 'auth', detail: 'This PC has no sign-in' });
    const mine = generation;
    const started = deps.steady();
    const answer = 'privateKey' in credential ? await withKey(credential) : await moveToKey(credential);
    if (mine !== generation) return ensure();
    if (!answer.ok) return answer;
    const lasts = answer.value.expiresIn * 1000 - (deps.steady() - started);
    held = { token: answer.value.token, endsAt: deps.now() + lasts, endsSteady: deps.steady() + lasts };
    return ok(null);
  };

  const start = (): Promise<Result<null, TransportFailure>> => {
    const mine = signIn().finally(() => {
      if (running === mine) running = null;
    });
    running = mine;
    return mine;
  };

  const ensure = (): Promise<Result<null, TransportFailure>> => {
    if (running) return running;
    // a steady clock stands still while the PC sleeps, and the other one may be set: the first to say so ends the token
    const left = held ? Math.min(held.endsAt - deps.now(), held.endsSteady - deps.steady()) : 0;
    return left > marginMs ? Promise.resolve(ok(null)) : start();
  };

  return {
    use(next, keepNext, learnNext = () => undefined) {
      generation += 1;
      credential = next;
      keep = keepNext;
      learn = learnNext;
      held = null;
      running = null;
    },
    ensure,
    renew(refused) {
      if (running) return running;
      return held && held.token !== refused ? Promise.resolve(ok(null)) : start();
    },
    token: () => held?.token ?? null,
  };
}

function withoutBody({ kind, detail, retryAfterMs }: Refusal): TransportFailure {
  return { kind, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
