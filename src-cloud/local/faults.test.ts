import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { notesCloud, service } from './test-support.ts';
import type { TestCloud } from './testing.ts';

const rpc = '/rest/v1/rpc/add_note';

describe('fault switches', () => {
  let cloud: TestCloud;
  let id = 0;
  beforeAll(async () => {
    cloud = await notesCloud();
  });
  afterAll(() => cloud.stop());
  afterEach(() => cloud.faults.clear());

  function add(): Promise<Response> {
    id += 1;
    return fetch(cloud.url + rpc, {
      method: 'POST',
      headers: { apikey: cloud.serviceRoleKey, 'content-type': 'application/json' },
      body: JSON.stringify({ p_id: id }),
    });
  }
  const isThere = async (): Promise<boolean> =>
    (await cloud.sql('select 1 from notes where id = $1', [id])).length === 1;
  const list = (): Promise<Response> =>
    fetch(`${cloud.url}/rest/v1/notes?order=id`, { headers: { apikey: cloud.serviceRoleKey } });
  const read = (): Promise<Response> =>
    fetch(`${cloud.url}/rest/v1/rpc/count_notes`, { headers: { apikey: cloud.serviceRoleKey, connection: 'close' } });

  it('delays, then serves', async () => {
    const switched = cloud.faults.add({ match: { path: rpc }, do: 'delay', ms: 120 });
    const before = performance.now();
    expect((await add()).status).toBe(204);
    expect(performance.now() - before).toBeGreaterThan(115);
    expect(switched.hits()).toBe(1);
    switched.remove();
    await add();
    expect(switched.hits()).toBe(1);
  });

  it('answers with a status and Retry-After, without asking the service', async () => {
    cloud.faults.set([
      {
        match: { path: /rpc/, method: 'post' },
        do: 'status',
        status: 429,
        body: { message: 'slow down' },
        retryAfterSeconds: 7,
      },
    ]);
    const response = await add();
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toEqual({ message: 'slow down' });
    expect(await isThere()).toBe(false);
    expect((await read()).status).toBe(200);
  });

  it('drops before the service sees the request', async () => {
    cloud.faults.set([{ match: { path: rpc }, do: 'drop-before' }]);
    await expect(add()).rejects.toThrow('fetch failed');
    expect(await isThere()).toBe(false);
  });

  it('commits and drops the answer', async () => {
    cloud.faults.set([{ match: { path: rpc }, do: 'drop-after' }]);
    await expect(add()).rejects.toThrow('fetch failed');
    expect(await isThere()).toBe(true);
  });

  it('answers like a captive portal', async () => {
    cloud.faults.set([{ match: { path: rpc }, do: 'html' }]);
    const response = await add();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('Wi-Fi');
    expect(await isThere()).toBe(false);
  });

  it('drips the answer whole, piece by piece', async () => {
    await cloud.sql("insert into notes select n, 'red', 'a note' from generate_series(5001, 5020) n");
    const whole = await (await list()).text();
    const pieces = Math.ceil(whole.length / 100);
    expect(pieces).toBeGreaterThan(5);
    cloud.faults.set([{ match: { path: '/rest/v1/notes' }, do: 'drip', bytes: 100, everyMs: 20 }]);
    const before = performance.now();
    expect(await (await list()).text()).toBe(whole);
    expect(performance.now() - before).toBeGreaterThan((pieces - 1) * 18);
  });

  it.each([0, 10])('truncates the answer after %i bytes so that it can be noticed', async (bytes) => {
    cloud.faults.set([{ match: { path: '/rest/v1/notes' }, do: 'truncate', bytes }]);
    await expect(list().then((response) => response.text())).rejects.toThrow();
  });

  it('lets some pass, hits as often as told, and combines', async () => {
    cloud.faults.set([
      { match: { path: rpc }, do: 'delay', ms: 1 },
      { match: { path: rpc }, skip: 1, times: 2, do: 'status', status: 503 },
    ]);
    const statuses: number[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await add()).status);
    expect(statuses).toEqual([204, 503, 503, 204]);
  });

  it('reaches sign-in, functions and the WebSocket too', async () => {
    cloud.faults.set([{ match: { path: '/auth/v1/' }, do: 'status', status: 500 }]);
    expect((await service(cloud).auth.admin.listUsers()).error).toMatchObject({ status: 500 });
    cloud.faults.set([{ match: { path: '/realtime/v1/websocket' }, do: 'status', status: 503 }]);
    const socket = new WebSocket(
      `${cloud.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${cloud.anonKey}&vsn=2.0.0`,
    );
    await new Promise((resolve) => socket.addEventListener('error', resolve));
    expect(socket.readyState).not.toBe(WebSocket.OPEN);
  });

  it('is switched over HTTP by who holds the service role key', async () => {
    const body = JSON.stringify({ rules: [{ match: { path: '/rpc\\/add_/' }, do: 'status', status: 418, times: 1 }] });
    const refused = await fetch(`${cloud.url}/_faults`, { method: 'POST', headers: { apikey: cloud.anonKey }, body });
    expect(refused.status).toBe(403);
    const headers = { apikey: cloud.serviceRoleKey };
    const wrong = await fetch(`${cloud.url}/_faults`, {
      method: 'POST',
      headers,
      body: '{"rules":[{"do":"explode"}]}',
    });
    expect(wrong.status).toBe(400);
    const done = await fetch(`${cloud.url}/_faults`, { method: 'POST', headers, body });
    expect(done.status).toBe(200);
    expect((await add()).status).toBe(418);
    expect((await add()).status).toBe(204);
  });

  it('goes offline for a while over HTTP', async () => {
    const headers = { apikey: cloud.serviceRoleKey };
    await fetch(`${cloud.url}/_faults`, { method: 'POST', headers, body: JSON.stringify({ offlineForMs: 300 }) });
    await expect
      .poll(
        () =>
          read().then(
            () => 'served',
            () => 'refused',
          ),
        { interval: 10 },
      )
      .toBe('refused');
    await expect
      .poll(
        () =>
          read().then(
            () => 'served',
            () => 'refused',
          ),
        { timeout: 5_000 },
      )
      .toBe('served');
  });
});
