import { assertNever } from '../result.ts';

/** Why a cycle failed, as far as waiting is concerned. */
export type FailureKind = 'offline' | 'busy' | 'rude' | 'auth' | 'revoked' | 'forked' | 'schema' | 'bug';

const second = 1000;
const minute = 60 * second;

/**
 * Milliseconds until the next try: full-jitter exponential backoff with a cap for what heals by itself, a slow fixed rhythm for what
 * needs a person. `attempt` counts failures in a row from 1; `random` lies in [0, 1); a server's Retry-After is a lower bound.
 */
export function retryDelay(kind: FailureKind, attempt: number, random: number, retryAfterMs = 0): number {
  const jittered = (base: number, cap: number) =>
    Math.max(base / 2, random * Math.min(cap, base * 2 ** Math.min(attempt - 1, 20)));
  switch (kind) {
    case 'offline':
    case 'rude':
      return Math.max(retryAfterMs, jittered(second, minute));
    case 'busy':
      return Math.max(retryAfterMs, jittered(2 * second, 5 * minute));
    case 'bug':
      return jittered(10 * second, 10 * minute);
    case 'auth':
    case 'schema':
      return 10 * minute;
    case 'revoked':
    case 'forked':
      return 60 * minute;
    default:
      return assertNever(kind);
  }
}
