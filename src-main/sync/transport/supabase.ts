import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js';
import WebSocket from 'ws';
import type { z } from 'zod';
import { fail, ok, type Result } from '#shared/result.ts';
import { cloudChecksums, enrolment, pullPage, pushReply } from '#shared/sync/protocol.ts';
import { failureOf, type ClientError } from './failures.ts';
import { meteredFetch, RudeAnswer } from './metered-fetch.ts';
import { pack } from './pack.ts';
import type { Credential, Transport, TransportFailure } from './types.ts';

export type SupabaseTransportOptions = {
  readonly url: string;
  readonly anonKey: string;
  /** Bodies longer than this many bytes are compressed. */
  readonly compressThreshold: number;
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
};

type Answer = { data: unknown; error: ClientError | null; status: number };

/** The transport over Supabase: RPC through REST, sign-in through Auth, wake-ups through private Realtime channels. */
export function createSupabaseTransport(options: SupabaseTransportOptions): Transport {
  const { fetch: metered, meter } = meteredFetch(options.fetch ?? fetch, options.timeoutMs ?? 30_000);
  const client = createClient(options.url, options.anonKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    // Node below 22 has no WebSocket of its own
    realtime: { transport: WebSocket as never },
    global: { fetch: metered },
  });
  let credential: Credential | null = null;
  let signedIn = false;
  let shapes: Record<string, string[]> = {};
  let wanted: { scopes: readonly string[]; deviceId: string; onHead: () => void } | null = null;
  let channels: RealtimeChannel[] = [];

  const signIn = async (): Promise<Result<null, TransportFailure>> => {
    if (!credential) return fail({ kind: 'auth', detail: 'This PC has no sign-in' });
    const { data, error } = await client.auth.signInWithPassword(credential);
    if (error) return fail(signInFailure(error, meter.retryAfterMs));
    signedIn = true;
    await client.realtime.setAuth(data.session.access_token);
    return ok(null);
  };

  const ensureSession = async (): Promise<Result<null, TransportFailure>> => {
    // the client may still hold the session of another credential
    if (!signedIn) return signIn();
    const { data } = await client.auth.getSession();
    const expires = data.session?.expires_at ?? 0;
    return data.session && expires * 1000 > Date.now() + 30_000 ? ok(null) : signIn();
  };

  /** One call: signed in, and once more with a fresh sign-in when the cloud no longer takes the old one. */
  const call = async <T>(name: string, args: object, schema: z.ZodType<T>): Promise<Result<T, TransportFailure>> => {
    const session = await ensureSession();
    if (!session.ok) return session;
    join();
    let answer = await rpc(client, name, args);
    if (answer.error && failureOf(answer.error, answer.status, 0).kind === 'auth') {
      const again = await signIn();
      if (!again.ok) return again;
      answer = await rpc(client, name, args);
    }
    if (answer.error) return fail(failureOf(answer.error, answer.status, meter.retryAfterMs));
    const parsed = schema.safeParse(answer.data);
    return parsed.success
      ? ok(parsed.data)
      : fail({ kind: 'rude', detail: `${name}: ${parsed.error.message.slice(0, 300)}` });
  };

  /** Private channels take only a signed-in PC, so they are joined at the first call that is. The client rejoins by itself. */
  const join = (): void => {
    if (!wanted || channels.length > 0) return;
    const { scopes, deviceId, onHead } = wanted;
    channels = scopes.map((scope) =>
      client
        .channel(`scope:${scope}`, { config: { private: true } })
        .on('broadcast', { event: 'head' }, ({ payload }) => {
          if (payload?.['by'] !== deviceId) onHead();
        })
        .subscribe(),
    );
  };

  return {
    async push({ batch, epoch, hash, payload }) {
      const bytesRaw = Buffer.byteLength(payload);
      const head = { batch, epoch, hash };
      // base64 stands in JSON as it is, so the size on the wire is known without looking at the request
      const packed = bytesRaw > options.compressThreshold ? pack(payload) : null;
      const answer = packed
        ? await call('sync_push_packed', { ...head, packed }, pushReply)
        : await call('sync_push', { ...head, body: JSON.parse(payload) }, pushReply);
      if (!answer.ok) return answer;
      const bytesUp =
        JSON.stringify(head).length + (packed ? packed.length + ',"packed":""'.length : bytesRaw + ',"body":'.length);
      return ok({ reply: answer.value, bytesUp, bytesRaw });
    },

    async pull(cursors, maxRows) {
      const before = meter.bytesDown;
      const answer = await call(
        'sync_pull',
        { cursors, max_rows: maxRows, known_shape: Math.max(0, ...Object.keys(shapes).map(Number)) },
        pullPage,
      );
      if (!answer.ok) return answer;
      shapes = { ...shapes, ...answer.value.shapes };
      return ok({ page: { ...answer.value, shapes }, bytesDown: meter.bytesDown - before });
    },

    receipt: (deviceId, batch, hash) => call('sync_receipt', { device: deviceId, batch, hash }, pushReply.nullable()),

    checksums: () => call('sync_checksums', {}, cloudChecksums),

    async enrol(code, deviceName) {
      const { data, error } = await client.functions.invoke('enrol', { body: { code, deviceName } });
      if (error) return fail(await functionFailure(error, meter.retryAfterMs));
      const parsed = enrolment.safeParse(data);
      return parsed.success ? ok(parsed.data) : fail({ kind: 'rude', detail: parsed.error.message.slice(0, 300) });
    },

    useCredential(next) {
      credential = next;
      signedIn = false;
      shapes = {};
      void client.auth.signOut({ scope: 'local' });
    },

    listen(scopes, deviceId, onHead) {
      wanted = { scopes, deviceId, onHead };
      return () => {
        wanted = null;
        channels.splice(0).forEach((channel) => void client.removeChannel(channel));
      };
    },

    async close() {
      await client.removeAllChannels();
      await client.realtime.disconnect();
    },
  };
}

async function rpc(client: SupabaseClient, name: string, args: object): Promise<Answer> {
  const { data, error, status } = await client.rpc(name, args);
  return { data, error, status: error && status === 0 ? 0 : status };
}

function signInFailure(
  error: { message: string; status?: number | undefined; code?: string | undefined },
  retryAfterMs: number,
): TransportFailure {
  if (error.code === 'invalid_credentials') return { kind: 'auth', detail: error.message };
  return failureOf(error, error.status ?? 0, retryAfterMs);
}

async function functionFailure(error: unknown, retryAfterMs: number): Promise<TransportFailure> {
  const context: unknown = error instanceof Error && 'context' in error ? error.context : undefined;
  if (context instanceof Response) {
    const body: unknown = await context.json().catch(() => ({}));
    const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
    return failureOf({ message: `enrol ${context.status}`, code }, context.status, retryAfterMs);
  }
  if (context instanceof RudeAnswer) return { kind: 'rude', detail: context.message };
  return { kind: 'offline', detail: error instanceof Error ? error.message : String(error) };
}
