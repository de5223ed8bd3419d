import type { Identity } from '#main/store/types.ts';
import type { Result } from '#shared/result.ts';

/** The PC that tests of the shop run on. */
export const here: Identity = {
  deviceId: '0198c0de-0000-7000-8000-00000000d002',
  deviceName: 'Counter 2',
  storeId: '0198c0de-0000-7000-8000-000000005001',
  storeName: 'Aling Nena Store',
  counter: 2,
};

/** The value of a result that a test expects to be one. */
export function value<T>(result: Result<T, { code: string }>): T {
  if (!result.ok) throw new Error(`Unexpected failure: ${JSON.stringify(result.error)}`);
  return result.value;
}
