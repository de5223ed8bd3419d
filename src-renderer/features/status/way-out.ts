import type { AppError } from '#shared/contract/errors.ts';

const needsEnrolment: ReadonlySet<AppError['code']> = new Set(['sign-in-expired', 'forked', 'not-enrolled']);

/** The one thing a person can do here about a failure of synchronisation; null when it passes by itself or needs somebody else. */
export function wayOut({ code, retryable }: AppError): 'enrol' | 'try' | null {
  if (needsEnrolment.has(code)) return 'enrol';
  return retryable ? 'try' : null;
}
