import { cloudState } from '#shared/sync/protocol.ts';
import type { TransportFailure } from './types.ts';

/** What the client tells of a call that did not work. */
export type ClientError = {
  readonly message: string;
  readonly code?: string | undefined;
  readonly details?: string | null | undefined;
};

const busyStates = new Set([
  '57014',
  '40001',
  '40P01',
  '53300',
  '53400',
  '55P03',
  'PGRST000',
  'PGRST001',
  'PGRST002',
  'PGRST003',
]);
/** The sign-in came at the wrong moment: another one is made at the next try. */
const passingCodes = new Set(['clock', 'nonce']);
const refusedCodes = new Set(['invalid_credentials', 'user_banned', 'email_not_confirmed']);
const signInCodes = new Set(['PGRST301', 'PGRST302', 'PGRST303']);

/** Sorts a failed call by what can be done about it. `status` 0 means that no answer came. */
export function failureOf(error: ClientError, status: number, retryAfterMs: number): TransportFailure {
  const code = error.code ?? '';
  const detail = [status || '', code, error.message, error.details ?? ''].filter(Boolean).join(' ').slice(0, 500);
  const failure = (kind: TransportFailure['kind']): TransportFailure => ({
    kind,
    detail,
    ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
  });
  // whoever stands in the way says it in its own words
  if (status === 413) return failure('too-large');
  if (error.message.includes('RudeAnswer')) return failure('rude');
  if (error.message.startsWith('DEVICE_') || code === 'revoked') return failure('revoked');
  if (error.message === 'GAP') return { ...failure('gap'), ...stateOf(error) };
  if (error.message === 'EPOCH') return { ...failure('epoch'), ...stateOf(error) };
  if (error.message === 'FORKED') return failure('forked');
  if (error.message === 'CODE_REFUSED' || code === 'code-refused') return failure('code-refused');
  if (refusedCodes.has(code)) return failure('sign-in-refused');
  if (error.message === 'UPDATE') return failure('schema');
  if (code === 'PGRST202' || code === '42883') return failure('schema');
  // PostgREST has no words for a database that died in the middle of a statement
  if (status >= 400 && code === '' && error.message === '') return failure('busy');
  if (busyStates.has(code) || passingCodes.has(code) || status === 429 || status >= 500) return failure('busy');
  if (status === 401 || signInCodes.has(code)) return failure('auth');
  if (status === 0) return failure('offline');
  return failure('bug');
}

/** What the cloud has of this PC, from the details of its answer. */
function stateOf({ details }: ClientError): Pick<TransportFailure, 'cloud'> {
  try {
    const state = cloudState.safeParse(JSON.parse(details ?? ''));
    return state.success ? { cloud: { lastBatch: state.data.last_batch, epoch: state.data.epoch } } : {};
  } catch {
    return {};
  }
}
