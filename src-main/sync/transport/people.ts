/** Sign-in with email and password through Supabase Auth: people, and PCs that were enrolled by the version before. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { operatorRole } from '#shared/contract/schemas.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { failureOf } from './failures.ts';
import type { Meter } from './metered-fetch.ts';
import type { Operator, PasswordCredential, TransportFailure } from './types.ts';

const deviceClaims = z.object({ kind: z.literal('device'), device_id: z.string() });
const operatorClaims = z.object({ kind: z.literal('operator'), name: z.string().min(1), role: operatorRole });

/** Signs a PC in. `client` is one that is used for nothing else. */
export async function signInDevice(
  client: SupabaseClient,
  meter: Meter,
  credential: PasswordCredential,
): Promise<Result<{ token: string; expiresIn: number; deviceId: string }, TransportFailure>> {
  const signedIn = await signIn(client, meter, credential.email, credential.password);
  // a PC cannot mistype: its sign-in was taken away
  if (!signedIn.ok)
    return signedIn.error.kind === 'sign-in-refused' ? fail({ ...signedIn.error, kind: 'auth' }) : signedIn;
  const { claims, token, expiresIn } = signedIn.value;
  const device = deviceClaims.safeParse(claims);
  if (!device.success) return fail({ kind: 'auth', detail: 'This sign-in is not that of a PC' });
  return ok({ token, expiresIn, deviceId: device.data.device_id });
}

/** Checks a person's email and password, and ends the session again: the PC needs to know who it is, not their rights in the cloud. */
export async function signInOperator(
  client: SupabaseClient,
  meter: Meter,
  email: string,
  password: string,
): Promise<Result<Operator, TransportFailure>> {
  const signedIn = await signIn(client, meter, email, password);
  if (!signedIn.ok) return signedIn;
  // whether the cloud hears of it or not, nobody here keeps the token
  await client.auth.signOut({ scope: 'local' });
  const operator = operatorClaims.safeParse(signedIn.value.claims);
  if (!operator.success) return fail({ kind: 'sign-in-refused', detail: 'This account is not that of a person' });
  return ok({ email: signedIn.value.email, name: operator.data.name, role: operator.data.role });
}

type SignedIn = { token: string; expiresIn: number; email: string; claims: unknown };

async function signIn(
  client: SupabaseClient,
  meter: Meter,
  email: string,
  password: string,
): Promise<Result<SignedIn, TransportFailure>> {
  const { data, error } = await client.auth.signInWithPassword({ email, password });
  if (error) return fail(failureOf(error, error.status ?? 0, meter.retryAfterMs));
  return ok({
    token: data.session.access_token,
    expiresIn: data.session.expires_in,
    email: data.user.email ?? email,
    claims: data.user.app_metadata,
  });
}
