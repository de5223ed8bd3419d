import { appError, type AppError, type ErrorCode } from '#shared/contract/errors.ts';
import type { TransportFailure } from './transport/types.ts';

const codes: Record<TransportFailure['kind'], ErrorCode> = {
  offline: 'offline',
  busy: 'cloud-busy',
  rude: 'cloud-rude',
  auth: 'sign-in-expired',
  revoked: 'revoked',
  forked: 'forked',
  // the cloud lost what it had accepted, or this PC did: the same question to a supervisor
  gap: 'forked',
  epoch: 'forked',
  // even a small batch was too large: whoever said so is not the cloud
  'too-large': 'cloud-rude',
  schema: 'update-needed',
  bug: 'sync-broken',
  'code-refused': 'code-refused',
  'sign-in-refused': 'sign-in-refused',
};

/** What the operator reads about a failed call. */
export function appErrorOf(failure: TransportFailure): AppError {
  return appError(codes[failure.kind], failure.detail);
}
