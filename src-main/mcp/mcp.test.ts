import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveNotes } from './testing/served.ts';
import type { Served } from './testing/served.ts';

let pc: Served;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  pc = await serveNotes();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await pc.stop();
});

type Era = 'current' | 'older';

async function connect(era: Era, token: string, capabilities: object = {}): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities, ...(era === 'current' ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {}) },
  );
  const transport = new StreamableHTTPClientTransport(new URL(await pc.url()), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  await client.connect(transport);
  closers.push(() => client.close());
  return client;
}

describe.each<Era>(['current', 'older'])('a client of the %s protocol', (era) => {
  it('finds and calls tools, reads resources, gets prompts and completions', async () => {
    const client = await connect(era, (await pc.token()).token);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['list_notes', 'add_note', 'delete_note', 'wait_for_it', 'describe']);
    const listed = await client.callTool({ name: 'list_notes', arguments: { limit: 1 } });
    expect(listed.structuredContent).toMatchObject({ items: [{ id: 1 }], total: 2, next_cursor: expect.any(String) });
    expect(listed.content[0]).toEqual({ type: 'text', text: JSON.stringify(listed.structuredContent) });
    const added = await client.callTool({ name: 'add_note', arguments: { text: 'new' } });
    expect(added.structuredContent).toEqual({ note: { id: 3, text: 'new' }, by: 'a client' });
    const { contents } = await client.readResource({ uri: 'pulser://notes/note/3' });
    expect(contents).toMatchObject([{ text: 'new', mimeType: 'text/plain' }]);
    expect((await client.listResources()).resources).toHaveLength(1);
    const prompt = await client.getPrompt({ name: 'sum_up', arguments: { topic: 'rice' } });
    expect(prompt.messages).toMatchObject([{ content: { text: 'Sum up the notes about rice.' } }]);
    const ref = { type: 'ref/prompt', name: 'sum_up' } as const;
    const completed = await client.complete({ ref, argument: { name: 'topic', value: 'm' } });
    expect(completed.completion.values).toEqual(['milk']);
  });
});
