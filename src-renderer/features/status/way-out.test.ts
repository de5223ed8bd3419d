import { expect, it } from 'vitest';
import { appError } from '#shared/contract/errors.ts';
import { wayOut } from './way-out.ts';

it('leads out of a failure by what a person can do here', () => {
  expect(wayOut(appError('not-enrolled'))).toBe('enrol');
  expect(wayOut(appError('sign-in-expired'))).toBe('enrol');
  expect(wayOut(appError('forked'))).toBe('enrol');
  expect(wayOut(appError('offline'))).toBe('try');
  expect(wayOut(appError('sync-broken'))).toBe('try');
  // a new code is the supervisor's to give, an update is not made here
  expect(wayOut(appError('revoked'))).toBeNull();
  expect(wayOut(appError('update-needed'))).toBeNull();
});
