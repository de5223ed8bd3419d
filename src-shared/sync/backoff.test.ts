import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay, type FailureKind } from './backoff.ts';

const kinds: FailureKind[] = ['offline', 'busy', 'rude', 'auth', 'revoked', 'forked', 'schema', 'bug'];
const random = fc.double({ min: 0, max: 0.999, noNaN: true });

describe('retryDelay', () => {
  it('never hammers and never gives up', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 10_000 }), random, (kind, attempt, r) => {
        const delay = retryDelay(kind, attempt, r);
        expect(delay).toBeGreaterThanOrEqual(500);
        expect(delay).toBeLessThanOrEqual(60 * 60_000);
      }),
    );
  });

  it('obeys Retry-After', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), random, fc.integer({ min: 0, max: 600_000 }), (attempt, r, wait) => {
        expect(retryDelay('busy', attempt, r, wait)).toBeGreaterThanOrEqual(wait);
      }),
    );
  });

  it('waits for the network with a cap of a minute, and spreads devices out', () => {
    expect(retryDelay('offline', 30, 0.999)).toBeLessThanOrEqual(60_000);
    expect(retryDelay('offline', 10, 0.9)).toBeGreaterThan(retryDelay('offline', 10, 0.1));
  });
});
