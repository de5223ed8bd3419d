/** A change bundle brought straight to the cloud by a supervisor. */
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';

import { stopCodes } from '#shared/contract/bundles.ts';
import { errorTexts } from '#shared/contract/errors.ts';
import {
  answerExtension,
  bundleExtension,
  pieceAnswer,
  readBundleFile,
  writeAnswer,
  type BundleFile,
  type PieceAnswer,
} from '#shared/sync/bundle.ts';

import type { Supervisor } from './provision.ts';

type Bundle = Extract<BundleFile, { kind: 'bundle' }>;

/**
 * Brings a bundle to the cloud and writes the answer beside it. Answers what happened in words, and whether all of it was taken; what was taken
 * before a failure stays, and the same bundle again goes on behind it. Throws in words when the file cannot be used or the cloud not be reached.
 */
export async function carryBundle(
  supervisor: Supervisor,
  path: string,
): Promise<{ readonly words: string; readonly complete: boolean }> {
  const bytes = await readFile(path);
  const file = readBundleFile(bytes);
  if (file === 'newer') throw new Error(errorTexts['file-newer'].message);
  if (file === 'damaged') throw new Error(errorTexts['bundle-damaged'].message);
  if (file === 'other') throw new Error(errorTexts['not-a-bundle'].message);
  if (file.kind === 'answer')
    throw new Error(`This is the answer to a bundle of ${file.header.deviceName}. It belongs to that PC.`);
  const batches: PieceAnswer['batches'] = [];
  const answers: Uint8Array[] = [];
  let stopped: PieceAnswer['stopped'] = null;
  for (const [index, { start, bytes: length }] of file.pieces.entries()) {
    const said = await bring(supervisor, file, index, bytes.subarray(start, start + length));
    batches.push(...said.batches);
    if (said.answer !== null) answers.push(Buffer.from(said.answer, 'base64'));
    stopped = said.stopped;
    if (stopped) break;
  }
  const lines = [summary(file, batches)];
  if (answers.length > 0) lines.push(`The answer for that PC is in ${await writeBeside(path, file, batches, answers)}`);
  if (stopped) {
    const { message, action } = errorTexts[stopCodes[stopped.code]];
    lines.push(`${message} ${action} (${stopped.detail})`);
  }
  return { words: `${lines.join('\n')}\n`, complete: stopped === null };
}

async function bring(
  { url, serviceRoleKey }: Supervisor,
  { headerText, signature }: Bundle,
  index: number,
  piece: Uint8Array,
): Promise<PieceAnswer> {
  const response = await fetch(`${url}/functions/v1/bundle`, {
    method: 'POST',
    headers: { apikey: serviceRoleKey, authorization: `Bearer ${serviceRoleKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ header: headerText, signature, index, piece: Buffer.from(piece).toString('base64') }),
  });
  const said: unknown = await response.json().catch(() => undefined);
  if (response.ok) return pieceAnswer.parse(said);
  const refused = pieceAnswer.shape.stopped.safeParse({
    code: (said as { code?: unknown } | undefined)?.code,
    detail: (said as { message?: unknown } | undefined)?.message,
  });
  if (!refused.success) throw new Error(`The cloud did not take it (${response.status}): ${JSON.stringify(said)}`);
  return { batches: [], stopped: refused.data, answer: null };
}

function summary({ header }: Bundle, batches: PieceAnswer['batches']): string {
  const operations = (status: 'taken' | 'known'): number =>
    batches.reduce((sum, batch) => sum + (batch.status === status ? batch.operations : 0), 0);
  const refused = batches.reduce((sum, batch) => sum + batch.refused, 0);
  const held = batches.reduce((sum, batch) => sum + batch.held, 0);
  return (
    `${header.deviceName}, ${header.storeName}: ${operations('taken')} of ${header.operations} changes taken, ${operations('known')} had come before.` +
    (refused + held > 0
      ? ` ${refused} entries were refused and ${held} wait behind them: that PC will ask about them.`
      : '')
  );
}

async function writeBeside(
  path: string,
  { header }: Bundle,
  batches: PieceAnswer['batches'],
  answers: readonly Uint8Array[],
): Promise<string> {
  const { id, deviceId, deviceName, storeName } = header;
  const beside = path.replace(new RegExp(`\\.${bundleExtension}$`, 'i'), '') + `.${answerExtension}`;
  const pieces = answers.map((piece) => ({
    bytes: piece.length,
    sha256: createHash('sha256').update(piece).digest('hex'),
  }));
  const operations = batches.reduce((sum, batch) => sum + batch.operations, 0);
  const told = { bundle: id, deviceId, deviceName, storeName, batches: batches.length, operations, pieces };
  await writeFile(`${beside}.part`, writeAnswer(told, answers), { flush: true });
  await rename(`${beside}.part`, beside);
  return beside;
}
