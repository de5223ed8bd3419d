/** The batches of a change bundle on their way into the database: as the PC itself would send them. */
import { objectOf } from './http.ts';
import type { FunctionEnv } from './types.ts';

/** A batch as it is written down on the PC. `payload` is its body as JSON text; `units`: the same once more, for when it is refused as a whole. */
export type BundleBatch = {
  readonly batch: number;
  readonly hash: string;
  readonly payload: string;
  readonly operations: number;
  readonly units?: { readonly hash: string; readonly payload: string };
};

type Applied = {
  readonly batch: number;
  readonly status: 'taken' | 'known';
  readonly operations: number;
  readonly refused: number;
  readonly held: number;
};

export type AppliedBatches = {
  readonly batches: Applied[];
  readonly stopped: { readonly code: string; readonly detail: string } | null;
  /** For the PC: which form of each batch was accepted, and the answer to it. */
  readonly replies: { readonly batch: number; readonly hash: string; readonly reply: unknown }[];
};

/** One after the other, up to the first that is not taken. */
export async function applyBatches(
  env: FunctionEnv,
  token: string,
  epoch: number,
  content: { readonly seen: unknown; readonly batches: readonly BundleBatch[] },
): Promise<AppliedBatches> {
  const out: AppliedBatches & { stopped: AppliedBatches['stopped'] } = { batches: [], stopped: null, replies: [] };
  const push = async (batch: number, hash: string, payload: string): Promise<Pushed> => {
    // the body is JSON already: it is not read here
    const head = JSON.stringify({ batch, epoch, hash, seen: content.seen });
    return callAsDevice(env, token, 'sync_push', `${head.slice(0, -1)},"body":${payload}}`);
  };
  for (const { batch, hash, payload, operations, units } of content.batches) {
    let accepted = hash;
    let pushed = await push(batch, hash, payload);
    if (pushed.reply?.['status'] === 'split' && units) {
      accepted = units.hash;
      pushed = await push(batch, units.hash, units.payload);
    }
    const { reply } = pushed;
    if (!reply || reply['status'] !== 'ok') {
      out.stopped = stopOf(batch, pushed);
      return out;
    }
    const of = Array.isArray(reply['units']) ? reply['units'].map((unit) => objectOf(unit)?.['r']) : [];
    const count = (result: string): number => of.filter((one) => one === result).length;
    const status = reply['replayed'] === true ? 'known' : 'taken';
    out.batches.push({ batch, status, operations, refused: count('rejected'), held: count('held') });
    out.replies.push({ batch, hash: accepted, reply });
  }
  return out;
}

type Pushed = { readonly status: number; readonly reply?: Record<string, unknown>; readonly error?: unknown };

async function callAsDevice(env: FunctionEnv, token: string, name: string, body: string): Promise<Pushed> {
  try {
    const response = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/${name}`, {
      method: 'POST',
      headers: {
        apikey: env.SUPABASE_ANON_KEY,
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      body,
    });
    const said = objectOf(await response.json());
    return response.ok && said ? { status: 200, reply: said } : { status: response.status, error: said };
  } catch (error) {
    return { status: 0, error: { message: String(error) } };
  }
}

const codes: Readonly<Record<string, string>> = {
  GAP: 'gap',
  EPOCH: 'epoch',
  FORKED: 'forked',
  DEVICE_REVOKED: 'revoked',
  DEVICE_UNKNOWN: 'unknown-device',
  TOO_LARGE: 'too-large',
  // refused as a whole, and the PC did not write the other form down
  split: 'damaged',
};

function stopOf(batch: number, { status, reply, error }: Pushed): { code: string; detail: string } {
  const said = objectOf(error);
  const message = textIn(said?.['message'] ?? reply?.['status']);
  // what is not one of these words passes, like a database that is being started, or is for the log
  return {
    code: codes[message] ?? 'busy',
    detail: `batch ${batch}: ${status} ${message} ${textIn(said?.['details'])}`.trim(),
  };
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
