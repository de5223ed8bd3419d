import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectClient, eras, hello, messageOf, post } from './testing/clients.ts';
import { serveNotes } from './testing/served.ts';
import type { Served } from './testing/served.ts';

let pc: Served;
beforeEach(async () => {
  pc = await serveNotes();
  // a port of its own that stays over restarts, as clients have it in their configuration
  await pc.command('services.setPort', { port: Number(new URL(await pc.url()).port) });
});
afterEach(() => pc.stop());

const list = { id: 2, method: 'tools/list' };

async function begin(headers: Record<string, string>): Promise<string> {
  const answer = await post(await pc.url(), hello, headers);
  await answer.text();
  const id = answer.headers.get('mcp-session-id') ?? '';
  await post(await pc.url(), { method: 'notifications/initialized' }, { ...headers, 'mcp-session-id': id });
  return id;
}

describe('a restart of the app', () => {
  it.each(eras)('goes unnoticed by a client of the %s protocol', async (era) => {
    const client = await connectClient(pc, era, (await pc.token()).token);
    await client.callTool({ name: 'add_note', arguments: { text: 'before' } });
    for (let time = 1; time <= 2; time += 1) {
      await pc.restart();
      const added = await client.callTool({ name: 'add_note', arguments: { text: `after ${time}` } });
      expect(added.structuredContent).toMatchObject({ note: { text: `after ${time}` } });
    }
    expect(pc.notes.notes.map(({ text }) => text).slice(2)).toEqual(['before', 'after 1', 'after 2']);
    await client.close();
  });

  it('leaves an older client able to ask its user', async () => {
    const client = await connectClient(pc, 'older', (await pc.token()).token, { capabilities: { elicitation: {} } });
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { confirm: true } }));
    await client.listTools();
    await pc.restart();
    const removed = await client.callTool({ name: 'delete_note', arguments: { id: 1 } });
    expect(removed.structuredContent).toEqual({ left: 1 });
    await client.close();
  });

  it('lets many requests take the same session up at once', async () => {
    const client = await connectClient(pc, 'older', (await pc.token()).token);
    await pc.restart();
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.listTools()));
    expect(answers.map(({ tools }) => tools.length)).toEqual(Array.from({ length: 20 }, () => 5));
    await client.close();
  });
});

describe('a session', () => {
  it('belongs to its client alone, before and after a restart', async () => {
    const one = { authorization: `Bearer ${(await pc.token()).token}` };
    const two = { authorization: `Bearer ${(await pc.token()).token}` };
    const id = await begin(one);
    for (let time = 0; time < 2; time += 1) {
      const own = await post(await pc.url(), list, { ...one, 'mcp-session-id': id });
      expect(await messageOf(own)).toMatchObject({ id: 2, result: { tools: expect.any(Array) } });
      expect((await post(await pc.url(), list, { ...two, 'mcp-session-id': id })).status).toBe(404);
      await pc.restart();
    }
  });

  it('is not taken up from an id that nobody gave out', async () => {
    const own = { authorization: `Bearer ${(await pc.token()).token}` };
    const id = await begin(own);
    const [payload, signature] = id.split('.') as [string, string];
    const forged = Buffer.from(JSON.stringify(['x', '2025-11-25', true, 'other'])).toString('base64url');
    for (const wrong of ['x', '', `${id}x`, `${id}.x`, `${forged}.${signature}`, `${payload}.`, `${payload}.AAAA`]) {
      const answer = await post(await pc.url(), list, { ...own, 'mcp-session-id': wrong });
      expect([wrong, answer.status]).toEqual([wrong, 404]);
    }
    expect((await post(await pc.url(), list, own)).status).toBe(400);
  });

  it('is over when its client says goodbye', async () => {
    const own = { authorization: `Bearer ${(await pc.token()).token}` };
    const id = await begin(own);
    const goodbye = await fetch(await pc.url(), { method: 'DELETE', headers: { ...own, 'mcp-session-id': id } });
    expect(goodbye.status).toBe(200);
    expect((await post(await pc.url(), list, { ...own, 'mcp-session-id': id })).status).toBe(404);
  });

  it('is dropped where there are too many, and taken up again when its client comes back', async () => {
    const own = { authorization: `Bearer ${(await pc.token()).token}` };
    const first = await begin(own);
    for (let count = 0; count < 70; count += 1) await begin(own);
    const answer = await post(await pc.url(), list, { ...own, 'mcp-session-id': first });
    expect(await messageOf(answer)).toMatchObject({ result: { tools: expect.any(Array) } });
  });

  it('that could not be taken up does not stand in the way of the next attempt', async () => {
    const own = { authorization: `Bearer ${(await pc.token()).token}` };
    const id = await begin(own);
    let broken = true;
    await pc.restart({
      extend: () => {
        if (broken) throw new Error('not now');
        return [];
      },
    });
    expect((await post(await pc.url(), list, { ...own, 'mcp-session-id': id })).status).toBe(500);
    broken = false;
    const answer = await post(await pc.url(), list, { ...own, 'mcp-session-id': id });
    expect(await messageOf(answer)).toMatchObject({ result: { tools: expect.any(Array) } });
  });
});
