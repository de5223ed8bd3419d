/** Carries a bundle of any PC to the cloud, piece by piece, and writes the cloud's answer beside it. */
import { basename } from 'node:path';
import { stopCodes, type BundleImport } from '#shared/contract/bundles.ts';
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { answerExtension, bundleExtension, writeAnswer, type PieceAnswer } from '#shared/sync/bundle.ts';
import type { Store } from '#main/store/types.ts';
import { appErrorOf } from '../failures.ts';
import type { Transport } from '../transport/types.ts';
import { describePiece, pieceOf, writeFileSafely, type ReadBundle } from './files.ts';
import { beginBundle, endBundle } from './history.ts';

export type CarryDeps = { readonly store: Store; readonly transport: Transport | null };
type Bundle = Extract<ReadBundle, { kind: 'bundle' }>;

/** What the cloud said to the pieces so far, and why it went no further. */
type Carried = {
  readonly batches: PieceAnswer['batches'];
  readonly answers: Uint8Array[];
  readonly error: AppError | null;
};

/** What arrived before a failure stays; the same bundle again goes on behind it. */
export async function carryBundle(
  { store, transport }: CarryDeps,
  file: Bundle,
  path: string,
): Promise<Result<BundleImport, AppError>> {
  if (!transport) return fail(appError('offline', 'SUPABASE_URL is not set'));
  const { id, deviceId, deviceName, lastBatch, batches, operations } = file.header;
  const run = beginBundle(store, {
    kind: 'import',
    bundle: id,
    file: basename(path),
    deviceId,
    deviceName,
    lastBatch,
    batches,
    operations,
    answerKey: null,
  });
  const carried = await carryPieces(transport, file);
  const sum = (of: (batch: PieceAnswer['batches'][number]) => number): number =>
    carried.batches.reduce((total, batch) => total + of(batch), 0);
  const counts = {
    batches: carried.batches.length,
    operations: sum((batch) => (batch.status === 'taken' ? batch.operations : 0)),
    known: sum((batch) => (batch.status === 'known' ? batch.operations : 0)),
    refused: sum(({ refused }) => refused),
    held: sum(({ held }) => held),
  };
  const answerPath = await writeAnswerBeside(path, file, carried);
  const { error } = carried;
  const arrived = carried.batches.length > 0;
  endBundle(store, run, {
    outcome: error ? (arrived ? 'partly' : 'failed') : 'done',
    operations: counts.operations + counts.known,
    refused: counts.refused + counts.held,
    error: error && [error.message, error.detail].filter(Boolean).join(' '),
  });
  return error ? fail(error) : ok({ kind: 'bundle', deviceName, ...counts, answerPath });
}

async function carryPieces(transport: Transport, file: Bundle): Promise<Carried> {
  const { headerText: header, signature, pieces, bytes } = file;
  const batches: PieceAnswer['batches'] = [];
  const answers: Uint8Array[] = [];
  for (const [index, at] of pieces.entries()) {
    const said = await transport.carry({ header, signature, index, piece: pieceOf(bytes, at) });
    if (!said.ok) return { batches, answers, error: appErrorOf(said.error) };
    const { stopped, answer } = said.value;
    batches.push(...said.value.batches);
    if (answer !== null) answers.push(Buffer.from(answer, 'base64'));
    if (stopped) return { batches, answers, error: appError(stopCodes[stopped.code], stopped.detail) };
  }
  return { batches, answers, error: null };
}

/** Where the answer lies; null when there is none, or no place for it: then the same bundle gets the same answer another time. */
async function writeAnswerBeside(
  path: string,
  { header }: Bundle,
  { batches, answers }: Carried,
): Promise<string | null> {
  if (answers.length === 0) return null;
  const { id, deviceId, deviceName, storeName } = header;
  const beside = path.replace(new RegExp(`\\.${bundleExtension}$`, 'i'), '') + `.${answerExtension}`;
  const operations = batches.reduce((sum, batch) => sum + batch.operations, 0);
  const told = { bundle: id, deviceId, deviceName, storeName, batches: batches.length, operations };
  const file = writeAnswer({ ...told, pieces: answers.map(describePiece) }, answers);
  const written = await writeFileSafely(beside, file);
  return written.ok ? beside : null;
}
