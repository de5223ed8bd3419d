import type { z } from 'zod';
import type { payment } from '#shared/contract/schemas.ts';
import { valueLabel } from '../../i18n/labels.ts';

/** A way to pay, as the contract names it. */
export type Payment = z.infer<typeof payment>;

/** Every way to pay, the usual one first. */
export const payments = ['cash', 'gcash', 'maya', 'credit', 'other'] as const satisfies readonly Payment[];

/** The name of a way to pay where there is little room: without what stands in brackets. */
export function shortPayment(value: Payment): string {
  return valueLabel('payment', value).replace(/ \(.*/, '');
}
