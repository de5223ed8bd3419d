import { describe, expect, it } from 'vitest';
import { failureOf } from './failures.ts';
import { meteredFetch, RudeAnswer } from './metered-fetch.ts';

describe('failureOf', () => {
  it.each([
    [{ message: 'TypeError: fetch failed' }, 0, 'offline'],
    [{ message: 'RudeAnswer: 200 text/html' }, 0, 'rude'],
    [{ message: 'DEVICE_REVOKED', code: 'PT403' }, 403, 'revoked'],
    [{ message: 'FORKED', code: 'PT409' }, 409, 'forked'],
    [{ message: 'GAP', code: 'PT409' }, 409, 'gap'],
    [{ message: 'JWT expired', code: 'PGRST301' }, 401, 'auth'],
    [{ message: 'UPDATE', code: 'PT426' }, 426, 'schema'],
    [{ message: 'Could not find the function', code: 'PGRST202' }, 404, 'schema'],
    [{ message: 'canceling statement due to statement timeout', code: '57014' }, 500, 'busy'],
    [{ message: 'deadlock detected', code: '40P01' }, 400, 'busy'],
    // what PostgREST makes of a database that died in the middle of a statement
    [{ message: '', code: '' }, 400, 'busy'],
    [{ message: 'too many requests' }, 429, 'busy'],
    [{ message: 'something new', code: 'XX000' }, 400, 'bug'],
  ] as const)('%j with status %i is %s', (error, status, kind) => {
    expect(failureOf(error, status, 0).kind).toBe(kind);
  });

  it('passes on how long the cloud asks to wait', () => {
    expect(failureOf({ message: 'busy' }, 503, 7000)).toMatchObject({ kind: 'busy', retryAfterMs: 7000 });
  });
});

describe('meteredFetch', () => {
  const answer = (body: string, init: ResponseInit) =>
    meteredFetch(() => Promise.resolve(new Response(body, init)), 1000);

  it('counts what is sent and received, and notes Retry-After', async () => {
    const { fetch, meter } = answer('{"a":1}', {
      status: 503,
      headers: { 'content-type': 'application/json', 'retry-after': '3' },
    });
    const response = await fetch('http://cloud.test/', { method: 'POST', body: 'ñ' });
    expect(await response.json()).toEqual({ a: 1 });
    expect(meter).toEqual({ bytesUp: 2, bytesDown: 7, retryAfterMs: 3000 });
  });

  it('does not take a web page for an answer', async () => {
    const { fetch } = answer('<html>Sign in</html>', { status: 200, headers: { 'content-type': 'text/html' } });
    await expect(fetch('http://cloud.test/')).rejects.toBeInstanceOf(RudeAnswer);
  });

  it('gives up at its deadline', async () => {
    const { fetch } = meteredFetch(
      (_input, init) =>
        new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))),
      20,
    );
    await expect(fetch('http://cloud.test/')).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
