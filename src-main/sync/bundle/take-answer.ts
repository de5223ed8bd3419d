/** Takes in the cloud's answer to a bundle of this PC: what the network would have brought, without a network. */
import { basename } from 'node:path';
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BundleImport } from '#shared/contract/bundles.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { pushReply, type PushBody } from '#shared/sync/protocol.ts';
import type { Store, StoreChange } from '#main/store/types.ts';
import { MisfitReply, recordAnswer } from '../acknowledge.ts';
import { lastConfirmed } from '../identities.ts';
import { readOutbox, type OutboxBatch } from '../outbox.ts';
import { createShapes, type Shapes } from '../shapes.ts';
import { pieceOf, type ReadBundle } from './files.ts';
import { answerKeyOf, beginBundle, endBundle } from './history.ts';
import { openAnswer } from './lock.ts';

export type TakeDeps = { readonly store: Store; readonly yieldNow: () => Promise<void> };
type Answer = Extract<ReadBundle, { kind: 'answer' }>;

const content = z.object({
  batches: z.array(z.object({ batch: z.int(), hash: z.string(), reply: pushReply })),
});
type BatchAnswer = z.infer<typeof content>['batches'][number];

/** To be called while no cycle runs. Batches that were answered over the network meanwhile are left as they are. */
export async function takeAnswer(
  { store, yieldNow }: TakeDeps,
  file: Answer,
  path: string,
): Promise<Result<BundleImport, AppError>> {
  const { bundle, deviceId, deviceName, batches, operations } = file.header;
  const key = answerKeyOf(store.read, bundle);
  if (key === null) return fail(appError('answer-other', deviceName));
  const opened = await openPieces(key, file);
  if (!opened) return fail(appError('bundle-damaged'));
  const lastBatch = opened.at(-1)?.batch ?? 0;
  const run = beginBundle(store, {
    kind: 'answer',
    bundle,
    file: basename(path),
    deviceId,
    deviceName,
    lastBatch,
    batches,
    operations,
    answerKey: null,
  });
  const done = { batches: 0, operations: 0, refused: 0, held: 0 };
  const shapes = createShapes(store);
  let error: AppError | null = null;
  for (const one of opened) {
    const taken = takeBatch(store, shapes, one);
    if (taken === 'stale') error = appError('answer-old', `batch ${one.batch}`);
    if (taken === 'misfit') error = appError('bundle-damaged', `batch ${one.batch}`);
    if (error) break;
    done.batches += 1;
    if (typeof taken === 'object') add(done, taken);
    await yieldNow();
  }
  endBundle(store, run, {
    outcome: error ? (done.batches > 0 ? 'partly' : 'failed') : 'done',
    operations: done.operations,
    refused: done.refused + done.held,
    error: error && [error.message, error.detail].filter(Boolean).join(' '),
  });
  const known = Math.max(0, operations - done.operations);
  return error ? fail(error) : ok({ kind: 'answer', deviceName, ...done, known, answerPath: null });
}

/** What was locked by somebody else than the cloud, or for another bundle, is null. */
async function openPieces(key: string, { pieces, bytes }: Answer): Promise<BatchAnswer[] | null> {
  const all: BatchAnswer[] = [];
  for (const [index, at] of pieces.entries()) {
    const plain = openAnswer(key, index, pieceOf(bytes, at));
    if (!plain) return null;
    const parsed = content.safeParse(JSON.parse((await promisify(gunzip)(plain)).toString('utf8')));
    if (!parsed.success) return null;
    all.push(...parsed.data.batches);
  }
  return all;
}

type Taken = { readonly operations: number; readonly refused: number; readonly held: number };

/** One batch, in one transaction. `known`: it was answered before; `stale`: it is not what waits here now. */
function takeBatch(
  store: Store,
  shapes: Shapes,
  { batch, hash, reply }: BatchAnswer,
): Taken | 'known' | 'stale' | 'misfit' {
  if (batch <= lastConfirmed(store.read)) return 'known';
  const [oldest] = readOutbox(store.read, 0, 1);
  const outbox = oldest?.batch === batch ? inForm(oldest, hash) : null;
  if (!outbox || reply.status === 'split') return 'stale';
  const change = { tables: ['_queue'] as StoreChange['tables'][number][], origin: 'cloud' as const };
  try {
    store.apply(change, (db) => {
      const { touched } = recordAnswer(db, outbox, reply, shapes, store.now());
      change.tables.push(...touched);
    });
  } catch (error) {
    if (error instanceof MisfitReply) return 'misfit';
    throw error;
  }
  const units = 'units' in reply ? reply.units : [];
  const count = (what: string): number => units.filter(({ r }) => r === what).length;
  return { operations: outbox.operations, refused: count('rejected'), held: count('held') };
}

/** The batch in the form that the cloud accepted; null when it was neither. */
function inForm(outbox: OutboxBatch, hash: string): OutboxBatch | null {
  if (outbox.hash === hash) return outbox;
  return outbox.units?.hash === hash ? { ...outbox, body: JSON.parse(outbox.units.payload) as PushBody } : null;
}

function add(sum: { operations: number; refused: number; held: number }, { operations, refused, held }: Taken): void {
  sum.operations += operations;
  sum.refused += refused;
  sum.held += held;
}
