/** fetch with a deadline that counts bytes and notices when something else answers in place of the cloud. */

import type { Bandwidth } from './bandwidth.ts';

/** Thrown when an answer is not the cloud's: a login page of a public Wi-Fi, a proxy's error page. */
export class RudeAnswer extends Error {
  override readonly name = 'RudeAnswer';
}

export type Meter = {
  bytesUp: number;
  bytesDown: number;
  /** Retry-After of the last answer, in milliseconds; 0 without one. */
  retryAfterMs: number;
};

export type MeteredFetch = { readonly fetch: typeof fetch; readonly meter: Meter };

/** `timeoutMs` is for the whole answer; where bandwidth is limited, for each piece of it. */
export function meteredFetch(base: typeof fetch, timeoutMs: number, bandwidth?: Bandwidth): MeteredFetch {
  const meter: Meter = { bytesUp: 0, bytesDown: 0, retryAfterMs: 0 };
  const metered = async (input: Parameters<typeof fetch>[0], init?: Parameters<typeof fetch>[1]): Promise<Response> => {
    const size = typeof init?.body === 'string' ? Buffer.byteLength(init.body) : 0;
    meter.bytesUp += size;
    const limited = bandwidth?.limited() ? bandwidth : null;
    await limited?.send(size);
    const deadline = createDeadline(timeoutMs);
    let response: Response;
    let body: ArrayBuffer | Uint8Array<ArrayBuffer>;
    try {
      const signal = init?.signal ? AbortSignal.any([init.signal, deadline.signal]) : deadline.signal;
      response = await base(input, { ...init, signal });
      body = limited ? await readSlowly(response, limited, deadline) : await response.arrayBuffer();
    } finally {
      deadline.end();
    }
    meter.bytesDown += body.byteLength;
    meter.retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000 || 0;
    const type = response.headers.get('content-type') ?? '';
    if (body.byteLength > 0 && ![204, 413].includes(response.status) && !type.includes('json')) {
      if (response.ok || type.includes('html'))
        throw new RudeAnswer(`${response.status} ${type || 'without content type'}`);
    }
    const empty = response.status === 204 || response.status === 304;
    return new Response(empty ? null : body, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
  return { fetch: metered, meter };
}

type Deadline = { readonly signal: AbortSignal; readonly again: () => void; readonly end: () => void };

function createDeadline(ms: number): Deadline {
  const controller = new AbortController();
  const start = (): NodeJS.Timeout =>
    setTimeout(() => controller.abort(new DOMException('The cloud did not answer in time', 'TimeoutError')), ms);
  let timer = start();
  return {
    signal: controller.signal,
    again() {
      clearTimeout(timer);
      timer = start();
    },
    end: () => clearTimeout(timer),
  };
}

/** Takes the answer piece by piece; what is not taken yet, the network holds back. */
async function readSlowly(
  response: Response,
  bandwidth: Bandwidth,
  deadline: Deadline,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    await bandwidth.received(piece.byteLength);
    deadline.again();
  }
  return Buffer.concat(pieces);
}
