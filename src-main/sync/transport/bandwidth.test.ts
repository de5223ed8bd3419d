import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createBandwidth } from './bandwidth.ts';
import { meteredFetch } from './metered-fetch.ts';

/** A clock that jumps to whatever is waited for. */
function virtual() {
  const time = { now: 0 };
  const bandwidth = createBandwidth({
    clock: () => time.now,
    setTimer: (callback, ms) => {
      let on = true;
      queueMicrotask(() => {
        if (!on) return;
        time.now += ms;
        callback();
      });
      return () => (on = false);
    },
  });
  return { bandwidth, time };
}

describe('bandwidth', () => {
  it('lets through at once without limits', async () => {
    const { bandwidth, time } = virtual();
    for (let i = 0; i < 10; i += 1) await bandwidth.send(1_000_000);
    expect([time.now, bandwidth.limited()]).toEqual([0, false]);
  });

  it('holds each direction to its own rate', async () => {
    const { bandwidth, time } = virtual();
    bandwidth.limit({ up: 1000, down: 10_000 });
    for (let i = 0; i < 11; i += 1) await bandwidth.send(500);
    expect(time.now).toBe(5000);
    for (let i = 0; i < 11; i += 1) await bandwidth.received(10_000);
    expect(time.now).toBe(15_000);
  });

  it('lets who waits go on by new limits', async () => {
    const time = { now: 0 };
    const bandwidth = createBandwidth({ clock: () => time.now, setTimer: () => () => undefined });
    bandwidth.limit({ up: 1000, down: null });
    await bandwidth.send(3_600_000);
    const waiting = bandwidth.send(1);
    bandwidth.limit({ up: null, down: null });
    await waiting;
    expect(bandwidth.limited()).toBe(false);
  });

  it('takes an answer no faster than allowed, and does not call that too late', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(400_000) });
    const server = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(body),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { bandwidth, time } = virtual();
    bandwidth.limit({ up: null, down: 1000 });
    const { fetch: slow, meter } = meteredFetch(fetch, 30_000, bandwidth);
    const answer = await slow(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await answer.text()).toBe(body);
    expect(meter.bytesDown).toBe(body.length);
    // the last piece is paid by whoever comes next
    await bandwidth.received(0);
    expect(time.now).toBeGreaterThanOrEqual(400_000);
    server.close();
  });
});
