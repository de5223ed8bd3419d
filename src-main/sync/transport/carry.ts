/** Pieces of change bundles on their way to the Edge Function `bundle`. */
import { z } from 'zod';
import { fail, ok, type Result } from '#shared/result.ts';
import { bundleStops, pieceAnswer, type PieceAnswer } from '#shared/sync/bundle.ts';
import type { Refusal } from './functions.ts';
import type { BundlePiece, TransportFailure } from './types.ts';

const verdict = z.object({ code: z.enum(bundleStops), message: z.string() });

/** Brings one piece. What the function says about the bundle is an answer, not a failure of the way to it. */
export async function carryPiece(
  invokeBundle: (body: Record<string, unknown>) => Promise<Result<unknown, Refusal>>,
  { header, signature, index, piece }: BundlePiece,
): Promise<Result<PieceAnswer, TransportFailure>> {
  const body = { header, signature, index, piece: Buffer.from(piece).toString('base64') };
  const answer = await invokeBundle(body);
  if (!answer.ok) {
    const said = verdict.safeParse(answer.error.body);
    if (said.success) {
      const { code, message } = said.data;
      return ok({ batches: [], stopped: { code, detail: message }, answer: null });
    }
    const { kind, detail, retryAfterMs } = answer.error;
    return fail({ kind, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  }
  const parsed = pieceAnswer.safeParse(answer.value);
  return parsed.success
    ? ok(parsed.data)
    : fail({ kind: 'rude', detail: `bundle: ${parsed.error.message.slice(0, 300)}` });
}
