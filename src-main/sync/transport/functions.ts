/** Calls of the cloud's Edge Functions. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { fail, ok, type Result } from '#shared/result.ts';
import { failureOf } from './failures.ts';
import { RudeAnswer, type Meter } from './metered-fetch.ts';
import type { TransportFailure } from './types.ts';

/** A refusal with what the function said about it. */
export type Refusal = TransportFailure & { readonly body: Readonly<Record<string, unknown>> };

/** Calls a function; `client` is one that never signs in. */
export async function invoke(
  client: SupabaseClient,
  meter: Meter,
  name: string,
  body: Record<string, unknown>,
): Promise<Result<unknown, Refusal>> {
  const { data, error } = (await client.functions.invoke(name, { body })) as { data: unknown; error: unknown };
  if (!error) return ok(data);
  const context: unknown = error instanceof Error && 'context' in error ? error.context : undefined;
  if (context instanceof Response) {
    const said: unknown = await context.json().catch(() => ({}));
    const told = (typeof said === 'object' && said !== null ? said : {}) as Record<string, unknown>;
    const code = typeof told['code'] === 'string' ? told['code'] : '';
    const message = `${name} ${context.status} ${code}`;
    return fail({ ...failureOf({ message, code }, context.status, meter.retryAfterMs), body: told });
  }
  if (context instanceof RudeAnswer) return fail({ kind: 'rude', detail: context.message, body: {} });
  return fail({ kind: 'offline', detail: error instanceof Error ? error.message : 'no answer', body: {} });
}
