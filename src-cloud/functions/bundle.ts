import { bundleLock, cloudKeys, sha256Hex } from './bundle-keys.ts';
import { applyBatches, type BundleBatch } from './bundle-batches.ts';
import { deviceToken } from './device-token.ts';
import { answer, callDatabase, fromBase64, fromBase64Url, objectOf, readPost, textOf, toBase64 } from './http.ts';
import { isSigned, isUuid } from './signature.ts';
import type { FunctionEnv } from './types.ts';
import { gunzip, gzip } from './zip.ts';

/** In characters and bytes. PCs write pieces of about 2 MB before compression, which leaves far from the limits of an Edge Function (256 MB, 2 s CPU). */
const longestHeader = 4_000_000;
const longestPiece = 16_000_000;
const mostPlain = 24_000_000;

/** For as long as the batches of one piece may take. */
const tokenSeconds = 120;

type Header = {
  readonly id: string;
  readonly deviceId: string;
  readonly cloudKey: string;
  readonly ephemeral: string;
  readonly epoch: number;
  readonly sha256: string;
};

/**
 * `POST {header, signature, index, piece}`: one piece (base64) of a change bundle, with the bundle's header as it was signed. Whoever brings it, the
 * batches in it are applied in the name of the PC that made it, through `sync_push`: what came before has no second effect. Answers `{batches:
 * [{batch, status: taken | known, operations, refused, held}], stopped: {code, detail} | null, answer}`; `answer` (base64) is for that PC alone.
 * Nothing was applied with the failures `{code, message}`: 400 `bad-input`, 401 `unknown-device`, `bad-signature`, 403 `revoked`, 422 `damaged`,
 * `unknown-key` (locked for another cloud), 413 `too-large`, 503 `cloud-busy`.
 */
export async function bundle(request: Request, env: FunctionEnv): Promise<Response> {
  const input = await readPost(request);
  const index = input?.['index'];
  const headerText = textOf(input?.['header'], longestHeader);
  const signature = fromBase64Url(textOf(input?.['signature'], 100) ?? '');
  const piece = fromBase64(textOf(input?.['piece'], longestPiece) ?? '');
  const header = readHeader(headerText, index);
  if (!header || !headerText || !signature || !piece)
    return refuse(400, 'bad-input', 'A header, a signature and a piece of a bundle are needed.');

  const found = await callDatabase(env, 'bundle_sender', { p_device: header.deviceId });
  if (!found.ok) return refuse(503, 'cloud-busy', 'The bundle could not be checked now.');
  const sender = objectOf(found.body);
  if (!sender) return refuse(401, 'unknown-device', 'No PC with a key has that id.');
  if (!(await isSigned(String(sender['key']), signature, `pulser-bundle\n${headerText}`)))
    return refuse(401, 'bad-signature', 'The signature is not from the key of that PC.');
  if (sender['revoked'] === true) return refuse(403, 'revoked', 'That PC was removed from its store.');
  if ((await sha256Hex(piece)) !== header.sha256) return refuse(422, 'damaged', 'The piece is not what was signed.');

  const key = (await cloudKeys(env)).find(({ id }) => id === header.cloudKey);
  if (!key) return refuse(422, 'unknown-key', 'The bundle was locked for another cloud.');
  const opened = await open(key, header, index as number, piece);
  if (typeof opened === 'string') return refuse(opened === 'damaged' ? 422 : 413, opened, 'The piece cannot be read.');

  const token = await deviceToken(
    env,
    { deviceId: header.deviceId, storeId: sender['store'] },
    Number(sender['now']),
    tokenSeconds,
  );
  const { batches, stopped, replies } = await applyBatches(env, token, header.epoch, opened.content);
  const reply =
    replies.length === 0
      ? null
      : await opened.lock.close(
          index as number,
          await gzip(new TextEncoder().encode(JSON.stringify({ batches: replies }))),
        );
  return answer(200, { batches, stopped, answer: reply && toBase64(reply) });
}

function refuse(status: number, code: string, message: string): Response {
  return answer(status, { code, message });
}

function readHeader(text: string | undefined, index: unknown): Header | undefined {
  if (text === undefined || typeof index !== 'number' || !Number.isSafeInteger(index)) return undefined;
  let header: Record<string, unknown> | undefined;
  try {
    header = objectOf(JSON.parse(text));
  } catch {
    return undefined; // no JSON: refused as a bad input
  }
  const id = textOf(header?.['id'], 36);
  const deviceId = textOf(header?.['deviceId'], 36);
  const cloudKey = textOf(header?.['cloudKey'], 16);
  const ephemeral = textOf(header?.['ephemeral'], 100);
  const epoch = header?.['epoch'];
  const pieces = header?.['pieces'];
  const sha256 = Array.isArray(pieces) ? textOf(objectOf(pieces[index])?.['sha256'], 64) : undefined;
  if (!id || !deviceId || !isUuid(deviceId) || !cloudKey || !ephemeral || !sha256 || typeof epoch !== 'number')
    return undefined;
  return { id, deviceId, cloudKey, ephemeral, epoch, sha256 };
}

type Lock = Awaited<ReturnType<typeof bundleLock>>;
type Content = { readonly seen: unknown; readonly batches: readonly BundleBatch[] };

async function open(
  key: Parameters<typeof bundleLock>[0],
  { id, deviceId, ephemeral }: Header,
  index: number,
  piece: Uint8Array<ArrayBuffer>,
): Promise<{ lock: Lock; content: Content } | 'damaged' | 'too-large'> {
  try {
    const lock = await bundleLock(key, { bundle: id, deviceId, ephemeral });
    const plain = await gunzip(await lock.open(index, piece), mostPlain);
    if (!plain) return 'too-large';
    // locked for this cloud by the PC itself: the one that is trusted with its own batches
    return { lock, content: JSON.parse(new TextDecoder().decode(plain)) as Content };
  } catch {
    return 'damaged'; // it was changed, or locked by somebody else than the one who signed it
  }
}
