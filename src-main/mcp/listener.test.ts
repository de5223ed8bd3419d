import { request } from 'node:http';
import { createConnection } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hello, post } from './testing/clients.ts';
import { serveNotes } from './testing/served.ts';
import type { Served } from './testing/served.ts';

let pc: Served;
let url: string;
let token: string;
beforeAll(async () => {
  pc = await serveNotes();
  url = await pc.url();
  ({ token } = await pc.token());
});
afterAll(() => pc.stop());

const bearer = (text = token): Record<string, string> => ({ authorization: `Bearer ${text}` });
const refusals = async (): Promise<number> => (await pc.command('services.get', {})).listener.refused;

/** A request with headers that `fetch` does not let a program choose. */
function raw(method: string, path: string, headers: Record<string, string>): Promise<number> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, setHost: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end();
  });
}

describe('the door', () => {
  it('asks for a token and says where to get one, in the way that clients understand', async () => {
    const before = await refusals();
    const answer = await post(url, hello);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*scope="mcp:notes"/);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('Services') } });
    for (const wrong of [
      bearer('pulser_wrong'),
      bearer(`${token}x`),
      { authorization: token },
      { authorization: 'Basic eDp5' },
    ])
      expect((await post(url, hello, wrong)).status).toBe(401);
    expect(await refusals()).toBe(before + 5);
    expect((await pc.command('services.get', {})).listener.lastRefusal).toMatchObject({ reason: 'no-token' });
  });

  it('keeps a token out of services that it is not for', async () => {
    const other = await serveNotes();
    await other.stop();
    const elsewhere = await pc.token({ scopes: [{ service: 'notes', write: false }] });
    pc.store.apply(null, (db) => db.run(`UPDATE _mcp_tokens SET scopes = '[]' WHERE id = ?`, elsewhere.id));
    const answer = await post(url, hello, bearer(elsewhere.token));
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain('insufficient_scope');
  });

  it('lets no web page in, whatever name its site gave this PC', async () => {
    const { host } = new URL(url);
    for (const headers of [
      { host: 'evil.example' },
      { host: 'evil.example:80' },
      { host: 'localhost.evil.example' },
      { host, origin: 'https://evil.example' },
      { host, origin: 'null' },
      { host, origin: 'http://127.0.0.1.evil.example' },
    ])
      expect([headers, await raw('POST', '/mcp/notes', { ...bearer(), ...headers })]).toEqual([headers, 403]);
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: 'http://localhost:5173' } });
    expect(preflight.status).toBe(401);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('takes JSON of a bearable size only', async () => {
    expect((await post(url, 'not json', bearer())).status).toBe(400);
    expect((await post(url, hello, { ...bearer(), 'content-type': 'text/plain' })).status).toBe(415);
    const huge = JSON.stringify({ ...hello, params: 'x'.repeat(5 * 1024 * 1024) });
    expect((await post(url, huge, bearer()).catch(() => ({ status: 413 }))).status).toBe(413);
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect((await post(url, deep, bearer())).status).toBeGreaterThanOrEqual(400);
    expect((await post(url, hello, bearer())).status).toBe(200);
  });

  it('says of other addresses that there is nothing, so that no client begins to sign in', async () => {
    const { origin } = new URL(url);
    for (const path of [
      '/',
      '/mcp',
      '/mcp/other',
      '/mcp/notes/',
      '/mcp/../mcp/x',
      '/.well-known/oauth-protected-resource',
    ])
      expect([path, (await fetch(origin + path, { headers: bearer() })).status]).toEqual([path, 404]);
  });

  it('tells the health of services to whom watches this PC', async () => {
    const { origin } = new URL(url);
    expect(await (await fetch(`${origin}/health`)).json()).toEqual({ ok: true, services: { notes: 'ok' } });
    pc.notes.health = 'down';
    const down = await fetch(`${origin}/health/notes`);
    expect(down.status).toBe(503);
    expect(await down.json()).toMatchObject({ state: 'down', checks: [{ note: 'The shelf fell.' }] });
    pc.notes.health = 'ok';
    expect((await fetch(`${origin}/health/other`)).status).toBe(404);
    expect((await fetch(`${origin}/health`, { method: 'POST' })).status).toBe(405);
  });

  it('stands open to this PC alone', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    const address = outside?.address ?? '127.0.0.2';
    const reached = await new Promise((resolve) => {
      const socket = createConnection({ host: address, port: Number(new URL(url).port) });
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => socket.destroy());
    });
    expect(reached).toBe(false);
  });
});
