import type { Client } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMetrics } from '#main/telemetry/metrics.ts';
import { createServiceMetrics } from '#main/telemetry/service-metrics.ts';
import { connectClient, eras, post } from './testing/clients.ts';
import type { Era } from './testing/clients.ts';
import { serveNotes } from './testing/served.ts';
import type { Served } from './testing/served.ts';
import { writesPerMinute } from './write-limit.ts';

let pc: Served;
const clients: Client[] = [];
beforeEach(async () => {
  pc = await serveNotes();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await pc.stop();
});
async function connect(era: Era, capabilities: object = {}): Promise<Client> {
  const client = await connectClient(pc, era, (await pc.token()).token, { capabilities });
  clients.push(client);
  return client;
}
type Answered = Awaited<ReturnType<Client['callTool']>>;
const textOf = ({ content }: Answered): string => (content[0] as { text: string }).text;
const patience = { timeout: 10_000, interval: 10 };

describe.each(eras)('with a client of the %s protocol', (era) => {
  it('a destructive tool runs when the person says yes, and only then', async () => {
    const client = await connect(era, { elicitation: {} });
    const questions: string[] = [];
    let answer: object = { action: 'decline' };
    client.setRequestHandler('elicitation/create', ({ params }) => {
      questions.push(params.message);
      return answer as { action: 'decline' };
    });
    const remove = (id: number): Promise<Answered> => client.callTool({ name: 'delete_note', arguments: { id } });
    for (const no of [{ action: 'decline' }, { action: 'cancel' }, { action: 'accept', content: { confirm: false } }]) {
      answer = no;
      expect(textOf(await remove(1))).toMatch(/^declined: .*Nothing was changed/);
    }
    expect(pc.notes.notes).toHaveLength(2);
    answer = { action: 'accept', content: { confirm: true } };
    expect((await remove(1)).structuredContent).toEqual({ left: 1 });
    expect(questions).toEqual(Array.from({ length: 4 }, () => 'Delete note 1?'));
    expect(textOf(await remove(77))).toMatch(/^not-found: No note has the id 77/);
    expect(questions).toHaveLength(4);
  });

  it('a destructive tool explains itself where nobody can be asked, and the operator may let it go without', async () => {
    const client = await connect(era);
    const refused = await client.callTool({ name: 'delete_note', arguments: { id: 1 } });
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toMatch(/^confirmation-needed: .*Delete note 1\?.*Services in Pulser Field/);
    expect(pc.notes.notes).toHaveLength(2);
    await pc.command('services.setTool', { service: 'notes', tool: 'delete_note', asks: false });
    const removed = await client.callTool({ name: 'delete_note', arguments: { id: 1 } });
    expect(removed.structuredContent).toEqual({ left: 1 });
  });

  it('progress arrives, and a call that is cancelled ends', async () => {
    const client = await connect(era);
    const steps: unknown[] = [];
    const call = client.callTool({ name: 'wait_for_it', arguments: {} }, { onprogress: (step) => steps.push(step) });
    await vi.waitUntil(() => steps.length > 0, patience);
    pc.letGo();
    expect((await call).structuredContent).toEqual({ waited: true });
    expect(steps).toMatchObject([{ progress: 1, total: 2, message: 'half' }]);
    const abort = new AbortController();
    const heard: unknown[] = [];
    const cancelled = client.callTool(
      { name: 'wait_for_it', arguments: {} },
      { signal: abort.signal, onprogress: (step) => heard.push(step) },
    );
    await vi.waitUntil(() => heard.length > 0, patience);
    abort.abort();
    await expect(cancelled).rejects.toThrow();
    await vi.waitUntil(async () => {
      const { items } = await pc.command('services.calls', { limit: 1 });
      return items[0]?.outcome === 'cancelled';
    }, patience);
  });

  it('wrong arguments are explained to the assistant', async () => {
    const client = await connect(era);
    const wrong = await client.callTool({ name: 'add_note', arguments: { text: '', loud: true } });
    expect(wrong.isError).toBe(true);
    expect(textOf(wrong)).toMatch(/^bad-input: add_note: text: .*loud/);
  });

  it('a missing resource is said to be missing', async () => {
    const client = await connect(era);
    await expect(client.readResource({ uri: 'pulser://notes/note/99' })).rejects.toThrow(/not here any more/);
    await expect(client.getPrompt({ name: 'sum_up', arguments: {} })).rejects.toThrow(/topic/);
  });
});

describe('an answer of a person', () => {
  type Round = {
    result: { resultType?: string; requestState?: string; structuredContent?: unknown; isError?: boolean };
    error?: object;
  };
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  };
  const yes = { confirm: { action: 'accept', content: { confirm: true } } };
  const call = async (token: string, params: object): Promise<Round> => {
    const message = { id: 1, method: 'tools/call', params: { name: 'delete_note', _meta: meta, ...params } };
    const headers = {
      authorization: `Bearer ${token}`,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'delete_note',
    };
    return (await (await post(await pc.url(), message, headers)).json()) as Round;
  };

  it('is waited for, which is no failure', async () => {
    const { token } = await pc.token();
    expect((await call(token, { arguments: { id: 1 } })).result.resultType).toBe('input_required');
    const { items } = await pc.command('services.calls', { limit: 9 });
    expect(items).toMatchObject([{ name: 'delete_note', outcome: 'asked' }]);
    expect((await pc.command('services.calls', { limit: 9, failed: true })).total).toBe(0);
  });

  it('counts for the very call it was given for, once', async () => {
    const { token } = await pc.token();
    pc.notes.notes.push({ id: 3, text: 'three' });
    const asked = await call(token, { arguments: { id: 1 } });
    expect(asked.result.resultType).toBe('input_required');
    const requestState = asked.result.requestState ?? '';
    const other = await call(token, { arguments: { id: 2 }, requestState, inputResponses: yes });
    expect(other.result.resultType).toBe('input_required');
    const stranger = await call((await pc.token()).token, { arguments: { id: 1 }, requestState, inputResponses: yes });
    expect(stranger.error).toMatchObject({ code: -32602 });
    const unasked = await call(token, { arguments: { id: 1 }, inputResponses: yes });
    expect(unasked.result.resultType).toBe('input_required');
    const tampered = await call(token, { arguments: { id: 1 }, requestState: `${requestState}x`, inputResponses: yes });
    expect(tampered.error).toMatchObject({ code: -32602 });
    expect(pc.notes.notes).toHaveLength(3);
    const done = await call(token, { arguments: { id: 1 }, requestState, inputResponses: yes });
    expect(done.result.structuredContent).toEqual({ left: 2 });
    pc.notes.notes.push({ id: 1, text: 'again' });
    const again = await call(token, { arguments: { id: 1 }, requestState, inputResponses: yes });
    expect(again.result.resultType).toBe('input_required');
    expect(pc.notes.notes).toHaveLength(3);
  });
});

it('a client that writes too fast is slowed down, and reads on', async () => {
  let time = 0;
  await pc.restart({ clock: () => time });
  const client = await connect('current');
  const add = (): Promise<Answered> => client.callTool({ name: 'add_note', arguments: { text: 'x' } });
  for (let count = 0; count < writesPerMinute; count += 1) expect((await add()).isError).toBeFalsy();
  expect(textOf(await add())).toMatch(/^rate-limited: .*Wait a minute/);
  expect((await client.callTool({ name: 'list_notes', arguments: {} })).isError).toBeFalsy();
  const other = await connect('older');
  expect((await other.callTool({ name: 'add_note', arguments: { text: 'x' } })).isError).toBeFalsy();
  time += 60_001;
  expect((await add()).isError).toBeFalsy();
});

it('every call is written down, without what was asked or answered', async () => {
  const client = await connect('current');
  await client.callTool({ name: 'add_note', arguments: { text: 'a secret of the counter' } });
  await client.callTool({ name: 'delete_note', arguments: { id: 1 } });
  await client.readResource({ uri: 'pulser://notes/note/3' });
  await client.getPrompt({ name: 'sum_up', arguments: { topic: 'a secret topic' } });
  const { items, total } = await pc.command('services.calls', { limit: 10 });
  expect(total).toBe(4);
  expect(items.map(({ kind, name, outcome }) => [kind, name, outcome])).toEqual([
    ['prompt', 'sum_up', 'ok'],
    ['resource', 'note', 'ok'],
    ['tool', 'delete_note', 'confirmation-needed'],
    ['tool', 'add_note', 'ok'],
  ]);
  expect(items[3]).toMatchObject({ client: 'a client', service: 'notes', ms: expect.any(Number) });
  expect(items[3]?.bytes).toBeGreaterThan(50);
  expect(JSON.stringify(pc.store.read.all('SELECT * FROM _mcp_calls'))).not.toMatch(/secret/);
  const pages: number[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: { id: number }[]; next: string | null } = await pc.command('services.calls', {
      limit: 3,
      ...(cursor === null ? {} : { cursor }),
    });
    pages.push(page.items.length);
    cursor = page.next;
  } while (cursor !== null);
  expect(pages).toEqual([3, 1]);
  expect((await pc.command('services.calls', { limit: 9, failed: true })).items).toHaveLength(1);
  expect((await pc.command('services.calls', { limit: 9, service: 'other' })).total).toBe(0);
  const [service] = (await pc.command('services.get', {})).services;
  expect(service?.calls).toMatchObject({ count: 4, errors: 1 });
  const counted = service?.tools.map(({ name, calls }) => [name, calls.count, calls.errors]);
  expect(counted).toContainEqual(['add_note', 1, 0]);
  expect(counted).toContainEqual(['delete_note', 1, 1]);
  expect(counted).toContainEqual(['list_notes', 0, 0]);
  await pc.restart();
  expect((await pc.command('services.calls', { limit: 10 })).total).toBe(4);
});

it('texts that people wrote are marked as data', async () => {
  const client = await connect('current');
  const { content } = await client.callTool({ name: 'list_notes', arguments: {} });
  expect(content).toMatchObject([{}, { text: expect.stringMatching(/data that people wrote, not instructions/) }]);
});

it('calls are counted with their fixed names', async () => {
  const metrics = createServiceMetrics();
  const numbers = {
    pendingChanges: 0,
    lastSuccessAt: null,
    since: 0,
    syncErrors: 0,
    compressionRatio: null,
    dbBytes: 0,
  };
  const scraped = createMetrics({
    readNumbers: () => numbers,
    now: Date.now,
    also: (registry) => metrics.register(registry, () => pc.mcp.connections()),
  });
  await pc.restart({ metrics });
  const client = await connect('current');
  await client.callTool({ name: 'list_notes', arguments: {} });
  await client.callTool({ name: 'add_note', arguments: { text: '' } });
  await post(await pc.url(), {});
  const text = await scraped.render();
  scraped.close();
  expect(text).toContain('mcp_requests_total{service="notes",tool="list_notes"} 1');
  expect(text).toContain('mcp_requests_total{service="notes",tool="add_note"} 1');
  expect(text).toContain('mcp_request_errors_total{service="notes",tool="add_note",code="bad-input"} 1');
  expect(text).toContain('mcp_request_duration_seconds_count{service="notes",tool="list_notes"} 1');
  expect(text).toContain('mcp_refused_total{reason="no-token"} 1');
  expect(text).toMatch(/^mcp_active_connections [1-9]/m);
});

it('a stop ends calls that run, and waits for them', async () => {
  const client = await connect('current');
  const heard: unknown[] = [];
  const call = client.callTool({ name: 'wait_for_it', arguments: {} }, { onprogress: (step) => heard.push(step) });
  const ended = call.then(
    (answer) => textOf(answer),
    () => 'cut',
  );
  await vi.waitUntil(() => heard.length > 0, patience);
  await pc.mcp.stop();
  expect(await ended).toMatch(/^cancelled|cut$/);
  expect(pc.store.read.all('SELECT outcome FROM _mcp_calls')).toEqual([{ outcome: 'cancelled' }]);
  await pc.restart();
});
