/** fetch with a deadline that counts bytes and notices when something else answers in place of the cloud. */

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

export function meteredFetch(base: typeof fetch, timeoutMs: number): MeteredFetch {
  const meter: Meter = { bytesUp: 0, bytesDown: 0, retryAfterMs: 0 };
  const metered = async (input: Parameters<typeof fetch>[0], init?: Parameters<typeof fetch>[1]): Promise<Response> => {
    if (typeof init?.body === 'string') meter.bytesUp += Buffer.byteLength(init.body);
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    const response = await base(input, { ...init, signal });
    const body = await response.arrayBuffer();
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
