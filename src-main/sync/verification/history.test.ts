import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import type { VerificationReport } from '../types.ts';
import { readVerifications, recordVerification } from './history.ts';

const none = { missing: 0, extra: 0, different: 0, version: 0 };
const found = { ...none, missing: 2 };

function report(change: Partial<VerificationReport>): VerificationReport {
  const tables = [{ table: 'products', rows: 7, cloudRows: 7, differingBuckets: 0, repaired: 0 }];
  return { depth: 'content', equal: true, reason: null, tables, repaired: none, ...change };
}

describe('the history of verifications', () => {
  let store: Store;
  let cleanup: () => void;
  beforeEach(() => void ({ store, cleanup } = testStore()));
  afterEach(() => cleanup());

  it('is empty before the first', () => {
    expect(readVerifications(store.read, 5)).toEqual({ latest: null, items: [] });
  });

  it('tells the newest first, with what came of each', () => {
    recordVerification(store, 'operator', 5, report({ equal: false, repaired: found }));
    recordVerification(store, 'schedule', 5, report({}));
    recordVerification(store, 'operator', 5, report({ equal: false, reason: 'Wait.', tables: [] }));
    expect(readVerifications(store.read, 2).items).toMatchObject([
      { outcome: 'not-now', reason: 'Wait.', rows: 0 },
      { outcome: 'equal', cause: 'schedule', rows: 7, repaired: none },
    ]);
    expect(readVerifications(store.read, 5).items[2]).toMatchObject({ outcome: 'repaired', repaired: found });
  });

  it('takes for the state of this PC what compared everything or found something, never a part or an attempt', () => {
    const latest = () => readVerifications(store.read, 1).latest;
    recordVerification(store, 'schedule', 5, report({}));
    recordVerification(store, 'update', 5, report({}));
    expect(latest()).toBeNull();
    recordVerification(store, 'schedule', 5, report({ depth: 'versions' }));
    expect(latest()).toMatchObject({ outcome: 'equal', depth: 'versions', whole: true });
    recordVerification(store, 'schedule', 5, report({ equal: false, repaired: found }));
    recordVerification(store, 'schedule', 5, report({}));
    recordVerification(store, 'operator', 5, report({ equal: false, reason: 'Wait.' }));
    expect(latest()).toMatchObject({ outcome: 'repaired', whole: false });
    recordVerification(store, 'operator', 5, report({}));
    expect(latest()).toMatchObject({ outcome: 'equal', cause: 'operator', whole: true });
  });
});
