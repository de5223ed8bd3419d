/** The way of a simulated PC to its cloud: the same calls, answers and failures as over Supabase, moved by the schedule. */
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
  type Enrolment,
} from '#shared/sync/protocol.ts';
import { failureOf } from '#main/sync/transport/failures.ts';
import type { Transport, TransportFailure } from '#main/sync/transport/types.ts';
import type { Answer } from './lines.ts';
import type { Network } from './network.ts';
import type { Caller } from './sim-cloud.ts';

export type SimTransportDeps = {
  readonly pc: number;
  readonly network: Network;
  /** Rows in a page at most, so that a small world has many pages. */
  readonly pageRows: number;
  readonly caller: () => Caller;
  /** Hears of a batch before it is sent. */
  readonly onPush: (hash: string) => void;
  readonly enrol: () => Enrolment;
  /** Hears as which device the PC calls from now on. */
  readonly become: (deviceId: string) => void;
  readonly listen: (onHead: (() => void) | null) => void;
};

export function createSimTransport(deps: SimTransportDeps): Transport {
  const call = async <T>(
    name: string,
    args: Record<string, unknown>,
    schema: z.ZodType<T>,
  ): Promise<Result<T, TransportFailure>> => {
    const answer = await deps.network.ask(deps.pc, deps.caller(), name, args);
    if (!answer.ok) return answer;
    const parsed = schema.safeParse(answer.value);
    return parsed.success
      ? ok(parsed.data)
      : fail({ kind: 'rude', detail: `${name}: ${parsed.error.message.slice(0, 300)}` });
  };

  return {
    limit: () => undefined,
    async push({ batch, epoch, hash, payload, seen }) {
      deps.onPush(hash);
      const answer = await call('sync_push', { batch, epoch, hash, body: JSON.parse(payload), seen }, pushReply);
      return answer.ok ? ok({ reply: answer.value, bytesUp: payload.length, bytesRaw: payload.length }) : answer;
    },
    async pull({ cursors, maxRows, cloudEpoch, knownScopes, knownShape }) {
      const args = {
        cursors,
        max_rows: Math.min(maxRows, deps.pageRows),
        known_shape: knownShape,
        cloud_epoch: cloudEpoch,
        known_scopes: knownScopes,
      };
      const answer = await call('sync_pull', args, pullPage);
      if (!answer.ok) return answer;
      return ok({ page: answer.value, bytesDown: 0 });
    },
    known: (device, batch, keys) => call('sync_known', { device, batch, keys }, knownKeys),
    lastBatches: (devices) => call('sync_last_batches', { devices }, lastBatches),
    snapshotBegin: (scopes, cutoffs) => call('sync_snapshot_begin', { scopes, cutoffs }, snapshotBegin),
    async snapshot({ scope, table, after, maxRows, cutoff, head }) {
      const args = { scope, tbl: table, after, max_rows: Math.min(maxRows, deps.pageRows), cutoff, head };
      const answer = await call('sync_snapshot', args, snapshotPage.nullable());
      return answer.ok ? ok({ page: answer.value, bytesDown: 0 }) : answer;
    },
    choose: (scopes, windows) => call('sync_choose', { scopes, windows }, chosenScopes),
    verify: (request) => call('sync_verify', request, cloudBuckets),
    verifyRows: ({ table, ...request }) => call('sync_verify_rows', { tbl: table, ...request }, cloudRowHashes),
    rows: (scopes, table, ids) => call('sync_rows', { scopes, tbl: table, ids }, cloudRows),
    storeTotals: ({ since, until, beforeSince, beforeUntil }) =>
      call('scout_totals', { since, until, before_since: beforeSince, before_until: beforeUntil }, storeTotals),
    enrol: () => Promise.resolve(ok(deps.enrol())),
    fork: (publicKey) => call('sync_fork', { public_key: publicKey }, enrolment),
    useCredential: (credential) => {
      if (credential && 'deviceId' in credential) deps.become(credential.deviceId);
    },
    carry: () => Promise.resolve(fail({ kind: 'offline', detail: 'simulated: no sticks are carried here' })),
    signInOperator: () => Promise.resolve(fail({ kind: 'offline', detail: 'simulated: nobody signs in here' })),
    listen(_deviceId, onHead) {
      deps.listen(onHead);
      return () => deps.listen(null);
    },
    close: () => Promise.resolve(),
  };
}

/** What a call makes of the cloud's answer. */
export function resultOf(answer: Answer): Result<unknown, TransportFailure> {
  if (answer.ok) return ok(answer.value);
  const { code, message, detail } = answer;
  return fail(failureOf({ message, code, details: detail }, statusOf(code), 0));
}

/** The HTTP status that PostgREST gives an error of the database. */
function statusOf(code: string): number {
  if (/^PT\d{3}$/.test(code)) return Number(code.slice(2));
  if (code === '42501') return 403;
  if (code === '23505' || code === '23503') return 409;
  if (/^(40|53|54|55|57|58|XX)/.test(code)) return 500;
  return 400;
}
