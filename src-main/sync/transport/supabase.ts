import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import WebSocket from 'ws';
import type { z } from 'zod';
import { fail, ok, type Result } from '#shared/result.ts';
import {
  chosenScopes,
  cloudBuckets,
  cloudRowHashes,
  cloudRows,
  enrolment,
  knownKeys,
  lastBatches,
  pullPage,
  pushReply,
  snapshotBegin,
  snapshotPage,
  storeTotals,
  protocolVersion,
} from '#shared/sync/protocol.ts';
import { createBandwidth } from './bandwidth.ts';
import { carryPiece } from './carry.ts';
import { createChannels } from './channels.ts';
import { failureOf, type ClientError } from './failures.ts';
import { invoke } from './functions.ts';
import { meteredFetch } from './metered-fetch.ts';
import { pack } from './pack.ts';
import { signInDevice, signInOperator } from './people.ts';
import { createSignIn } from './sign-in.ts';
import type { Transport, TransportFailure } from './types.ts';

export type SupabaseTransportOptions = {
  readonly url: string;
  readonly anonKey: string;
  /** Bodies longer than this many bytes are compressed. */
  readonly compressThreshold: number;
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
  /** Milliseconds since 1970 UTC; the PC's clock may be wrong. */
  readonly now?: () => number;
  readonly random?: () => number;
};

/** More than this PostgreSQL cannot unpack, and would call corrupt. */
const mostBytes = 15_000_000;

type Answer = { data: unknown; error: ClientError | null; status: number };

/** The transport over Supabase: RPC through REST, sign-in through Auth and an Edge Function, wake-ups through private Realtime channels. */
export function createSupabaseTransport(options: SupabaseTransportOptions): Transport {
  const setTimer = (callback: () => void, ms: number): (() => void) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  };
  const bandwidth = createBandwidth({ clock: () => performance.now(), setTimer });
  const { fetch: metered, meter } = meteredFetch(options.fetch ?? fetch, options.timeoutMs ?? 30_000, bandwidth);
  // Node below 22 has no WebSocket of its own
  const shared = {
    realtime: { transport: WebSocket as never },
    global: { fetch: metered, headers: { 'x-pulser-protocol': String(protocolVersion) } },
  };
  const auth = { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false };
  /** For what is asked without being signed in. */
  const anonymous = createClient(options.url, options.anonKey, { ...shared, auth });
  const people = (): SupabaseClient => createClient(options.url, options.anonKey, { ...shared, auth });
  const signIn = createSignIn({
    askToken: (body) => invoke(anonymous, meter, 'token', body),
    withPassword: (credential) => signInDevice(people(), meter, credential),
    async setKey(token, publicKey) {
      const { error, status } = await anonymous
        .rpc('sync_set_key', { public_key: publicKey })
        .setHeader('authorization', `Bearer ${token}`);
      return error ? fail(failureOf(error, status, meter.retryAfterMs)) : ok(null);
    },
    now: options.now ?? Date.now,
    steady: () => performance.now(),
  });
  const client = createClient(options.url, options.anonKey, {
    ...shared,
    // also asked at every heartbeat of Realtime, so that an open connection gets new tokens in time
    accessToken: async () => {
      if (signIn.token() !== null) await signIn.ensure();
      return signIn.token();
    },
  });
  const channels = createChannels({
    client,
    random: options.random ?? Math.random,
    setTimer,
  });

  /** One call: signed in, and once more with a fresh sign-in when the cloud no longer takes the old one. */
  const call = async <T>(name: string, args: object, schema: z.ZodType<T>): Promise<Result<T, TransportFailure>> => {
    const signedIn = await signIn.ensure();
    if (!signedIn.ok) return signedIn;
    const used = signIn.token();
    let answer = await rpc(client, name, args);
    if (answer.error && failureOf(answer.error, answer.status, 0).kind === 'auth') {
      const again = await signIn.renew(used);
      if (!again.ok) return again;
      answer = await rpc(client, name, args);
    }
    if (answer.error) return fail(failureOf(answer.error, answer.status, meter.retryAfterMs));
    const parsed = schema.safeParse(answer.data);
    return parsed.success
      ? ok(parsed.data)
      : fail({ kind: 'rude', detail: `${name}: ${parsed.error.message.slice(0, 300)}` });
  };

  return {
    async push({ batch, epoch, hash, payload, seen }) {
      const bytesRaw = Buffer.byteLength(payload);
      if (bytesRaw > mostBytes) return fail({ kind: 'too-large', detail: `${bytesRaw} bytes` });
      const head = { batch, epoch, hash, seen };
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

    async pull({ cursors, maxRows, cloudEpoch, knownScopes, knownShape }) {
      const before = meter.bytesDown;
      const answer = await call(
        'sync_pull',
        { cursors, max_rows: maxRows, known_shape: knownShape, cloud_epoch: cloudEpoch, known_scopes: knownScopes },
        pullPage,
      );
      if (!answer.ok) return answer;
      channels.join(answer.value.channels);
      return ok({ page: answer.value, bytesDown: meter.bytesDown - before });
    },

    known: (deviceId, batch, keys) => call('sync_known', { device: deviceId, batch, keys }, knownKeys),

    lastBatches: (deviceIds) => call('sync_last_batches', { devices: deviceIds }, lastBatches),

    snapshotBegin: (scopes, cutoffs) => call('sync_snapshot_begin', { scopes, cutoffs }, snapshotBegin),

    async snapshot({ scope, table, after, maxRows, cutoff, head }) {
      const before = meter.bytesDown;
      const args = { scope, tbl: table, after, max_rows: maxRows, cutoff, head };
      const answer = await call('sync_snapshot', args, snapshotPage.nullable());
      return answer.ok ? ok({ page: answer.value, bytesDown: meter.bytesDown - before }) : answer;
    },

    choose: (scopes, windows) => call('sync_choose', { scopes, windows }, chosenScopes),

    verify: (request) => call('sync_verify', request, cloudBuckets),

    verifyRows: ({ table, ...request }) => call('sync_verify_rows', { tbl: table, ...request }, cloudRowHashes),

    rows: (scopes, table, ids) => call('sync_rows', { scopes, tbl: table, ids }, cloudRows),

    storeTotals: ({ since, until, beforeSince, beforeUntil }) =>
      call('scout_totals', { since, until, before_since: beforeSince, before_until: beforeUntil }, storeTotals),

    async enrol(code, deviceName, publicKey) {
      const answer = await invoke(anonymous, meter, 'enrol', { code, deviceName, publicKey });
      if (!answer.ok) return answer;
      const parsed = enrolment.safeParse(answer.value);
      return parsed.success ? ok(parsed.data) : fail({ kind: 'rude', detail: parsed.error.message.slice(0, 300) });
    },

    fork: (publicKey) => call('sync_fork', { public_key: publicKey }, enrolment),

    useCredential(next, keep, learn) {
      signIn.use(next, keep, learn);
    },

    carry: (piece) => carryPiece((body) => invoke(anonymous, meter, 'bundle', body), piece),

    signInOperator: (email, password) => signInOperator(people(), meter, email, password),

    listen: channels.listen,

    limit: bandwidth.limit,

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
