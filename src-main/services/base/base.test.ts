import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { appError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import { budgetCharacters } from './budget.ts';
import { serviceKit } from './define.ts';
import { callTool } from './testing.ts';
import { toolError } from './tool-error.ts';
import type { Service } from './types.ts';

type Note = { id: number; text: string };
type Deps = { notes: Note[]; broken: boolean };
const { defineTool, defineListTool, definePrompt, defineResource, defineService } = serviceKit<Deps>();
const reading = { destructive: false, idempotent: true, openWorld: false };
const item = z.object({ id: z.int(), text: z.string() });

const list = defineListTool({
  name: 'list_notes',
  title: 'Notes',
  description: 'Lists notes.',
  hints: reading,
  access: 'read',
  input: z.object({ containing: z.string().default('').describe('Only notes with this text.') }),
  item,
  key: z.tuple([z.int()]),
  keyOf: ({ id }) => [id],
  summary: z.object({ longest: z.int() }),
  run: ({ containing }, { limit, after }, { deps }) => {
    const all = deps.notes.filter(({ text }) => text.includes(containing));
    const rest = all.filter(({ id }) => id > (after?.[0] ?? -1));
    const longest = Math.max(0, ...all.map(({ text }) => text.length));
    return ok({ items: rest.slice(0, limit), total: all.length, more: rest.length > limit, longest });
  },
});
const all = defineTool({
  name: 'all_notes',
  title: 'All notes',
  description: 'Every note.',
  hints: reading,
  access: 'read',
  input: z.object({}),
  output: z.object({ head: z.string(), notes: z.array(item) }),
  trim: ['notes'],
  run: (_args, { deps }) => ok({ head: 'all', notes: deps.notes }),
});
const read = defineTool({
  name: 'read_note',
  title: 'One note',
  description: 'One note.',
  hints: reading,
  access: 'read',
  input: z.object({ id: z.int().describe('Its id.') }),
  output: item,
  run: ({ id }, { deps, signal }) => {
    if (id === -1) throw new Error('a bug');
    if (id === -2) return ok({ id: 'wrong' as never, text: '' });
    if (id === -3) return fail(appError('disk-full', 'notes'));
    if (id === -4) throw signal.reason;
    const note = deps.notes.find((candidate) => candidate.id === id);
    return note ? ok(note) : fail(toolError('not-found', `No note has the id ${id}.`, 'Call list_notes.'));
  },
});
const remove = defineTool({
  name: 'delete_note',
  title: 'Delete',
  description: 'Deletes a note.',
  hints: { destructive: true, idempotent: true, openWorld: false },
  access: 'write',
  input: z.object({ id: z.int().describe('Its id.') }),
  output: z.object({ deleted: z.boolean() }),
  confirm: ({ id }) => ok(id === 0 ? null : `Delete note ${id}?`),
  run: ({ id }, { deps }) => {
    deps.notes = deps.notes.filter((note) => note.id !== id);
    return ok({ deleted: true });
  },
});
const notes = defineService({
  id: 'notes',
  title: 'Notes',
  instructions: 'Notes.',
  version: '1.0.0',
  tools: [list, all, read, remove],
  resources: [
    defineResource({
      uri: 'pulser://notes/all',
      name: 'all',
      title: 'All',
      description: 'All.',
      mimeType: 'text/plain',
      read: ({ deps }) => ok({ mimeType: 'text/plain', text: String(deps.notes.length) }),
    }),
  ],
  prompts: [
    definePrompt({ name: 'sum_up', title: 'Sum up', description: 'Sums up.', args: [], render: () => ok('Sum up.') }),
  ],
  health: ({ broken }) => [{ name: 'shelf', state: broken ? 'down' : 'ok', note: broken ? 'The shelf fell.' : '' }],
});

function open(count: number, text = 'note'): { service: Service; deps: Deps } {
  const deps = { notes: Array.from({ length: count }, (_, id) => ({ id, text: `${text} ${id}` })), broken: false };
  return { service: notes.open(deps), deps };
}
const valueOf = async (answer: ReturnType<typeof callTool>): Promise<Record<string, unknown>> => {
  const settled = await answer;
  if (!settled.ok) throw new Error(`${settled.error.code}: ${settled.error.message}`);
  expect(JSON.parse(settled.value.text)).toEqual(settled.value.structured);
  return settled.value.structured;
};

describe('lists', () => {
  it('come page by page, each item once, with the whole number on every page', async () => {
    const { service } = open(45);
    const seen: number[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await valueOf(callTool(service, 'list_notes', { limit: 20, ...(cursor ? { cursor } : {}) }));
      expect(page['total']).toBe(45);
      expect(page['longest']).toBe(7);
      seen.push(...(page['items'] as Note[]).map(({ id }) => id));
      cursor = page['next_cursor'] as string | undefined;
      pages += 1;
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 45 }, (_, id) => id));
    expect(pages).toBe(3);
  });

  it('refuse a cursor that is none, or that belongs to other arguments, but take another limit', async () => {
    const { service } = open(45);
    const page = await valueOf(callTool(service, 'list_notes', { containing: 'note', limit: 5 }));
    const cursor = page['next_cursor'] as string;
    const other = await callTool(service, 'list_notes', { containing: 'n', cursor });
    expect(other).toMatchObject({ ok: false, error: { code: 'bad-input' } });
    for (const forged of ['x', '', Buffer.from('["a",[1]]').toString('base64url'), `${cursor}AAAA`])
      expect(await callTool(service, 'list_notes', { cursor: forged })).toMatchObject({ ok: false });
    const next = await valueOf(callTool(service, 'list_notes', { limit: 2, containing: 'note', cursor }));
    expect((next['items'] as Note[]).map(({ id }) => id)).toEqual([5, 6]);
  });

  it('are cut where an assistant could not take them in, and go on after the cut', async () => {
    const { service } = open(100, 'x'.repeat(1000));
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await valueOf(callTool(service, 'list_notes', { limit: 100, ...(cursor ? { cursor } : {}) }));
      expect(JSON.stringify(page).length).toBeLessThanOrEqual(budgetCharacters);
      expect(String(page['left_out'])).toMatch(
        page['next_cursor'] === undefined ? /undefined/ : /^Only \d+ of the \d+ items/,
      );
      seen.push(...(page['items'] as Note[]).map(({ id }) => id));
      cursor = page['next_cursor'] as string | undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, id) => id));
  });

  it('say so when a single item is too long, instead of hiding it', async () => {
    const { service } = open(3, 'x'.repeat(30_000));
    expect(await callTool(service, 'list_notes', {})).toMatchObject({ ok: false, error: { code: 'too-large' } });
  });
});

describe('answers', () => {
  it('have lists cut with a note where the tool allows it', async () => {
    const { service } = open(1000, 'x'.repeat(100));
    const answer = await valueOf(callTool(service, 'all_notes', {}));
    expect(answer['head']).toBe('all');
    expect(answer['left_out']).toMatch(/notes: the first \d+ of 1000/);
    const kept = (answer['notes'] as unknown[]).length;
    expect(kept).toBeGreaterThan(150);
    expect(JSON.stringify(answer).length).toBeLessThanOrEqual(budgetCharacters);
  });

  it('name the argument that is wrong', async () => {
    const { service } = open(1);
    for (const args of [{ id: 'one' }, { id: 1, more: true }, {}, [], 'text', { id: 1.5 }, { id: Infinity }]) {
      const answer = await callTool(service, 'read_note', args);
      expect(answer).toMatchObject({ ok: false, error: { code: 'bad-input', message: /^read_note: / } });
    }
    const nul = await callTool(service, 'list_notes', { containing: 'a\0b' });
    expect(nul).toMatchObject({ ok: false, error: { code: 'bad-input' } });
    await valueOf(callTool(service, 'list_notes', { containing: 'C:\\u0000' }));
  });

  it('pass expected failures on with a next step, the contract’s too', async () => {
    const { service } = open(1);
    const missing = await callTool(service, 'read_note', { id: 77 });
    expect(missing).toMatchObject({ error: { code: 'not-found', message: /77/, next: 'Call list_notes.' } });
    const full = await callTool(service, 'read_note', { id: -3 });
    expect(full).toMatchObject({ error: { code: 'disk-full', message: /\(notes\)/, next: /Free some space/ } });
  });

  it('hide faults from the client and tell them to the log', async () => {
    const { service } = open(1);
    for (const [id, words] of [
      [-1, 'a bug'],
      [-2, 'read_note answered against its schema'],
    ] as const) {
      const faults: unknown[] = [];
      const answer = await callTool(service, 'read_note', { id }, { onFault: (error) => faults.push(error) });
      expect(answer).toMatchObject({ ok: false, error: { code: 'internal' } });
      expect(JSON.stringify(answer)).not.toContain(words);
      expect(String(faults[0])).toContain(words);
    }
  });

  it('of work that was cancelled say so', async () => {
    const { service } = open(1);
    const signal = AbortSignal.abort(new Error('gone'));
    expect(await callTool(service, 'read_note', { id: -4 }, { context: { signal } })).toMatchObject({
      error: { code: 'cancelled' },
    });
  });
});

describe('a destructive tool', () => {
  it('asks first, and does nothing without a yes', async () => {
    const { service, deps } = open(3);
    expect(await callTool(service, 'delete_note', { id: 1 }, { answers: false })).toMatchObject({
      error: { code: 'declined' },
    });
    expect(await callTool(service, 'delete_note', { id: 1 }, { answers: null })).toMatchObject({
      error: { code: 'confirmation-needed' },
    });
    expect(deps.notes).toHaveLength(3);
    await valueOf(callTool(service, 'delete_note', { id: 1 }));
    expect(deps.notes).toHaveLength(2);
  });

  it('does not ask when this call needs no answer', async () => {
    const { service } = open(3);
    expect(await valueOf(callTool(service, 'delete_note', { id: 0 }, { answers: null }))).toEqual({ deleted: true });
  });
});

it('describes itself with the state of what it leans on', async () => {
  const { service, deps } = open(1);
  expect(await valueOf(callTool(service, 'describe', {}))).toMatchObject({ service: 'notes', state: 'ok' });
  deps.broken = true;
  const broken = await valueOf(callTool(service, 'describe', {}));
  expect(broken).toMatchObject({ state: 'down', checks: [{ note: 'The shelf fell.' }] });
  expect((broken['tools'] as { name: string }[]).map(({ name }) => name)).toEqual([
    'list_notes',
    'all_notes',
    'read_note',
    'delete_note',
    'describe',
  ]);
});

describe('a definition that breaks a rule of the house is refused:', () => {
  const tool = (change: object): (() => unknown) => {
    const base = { name: 'read_it', title: 'T', description: 'D', hints: reading, access: 'read' as const };
    const definition = { ...base, input: z.object({}), output: z.object({}), run: () => ok({}), ...change };
    return () => defineService({ ...notes, tools: [defineTool(definition)] });
  };
  it.each([
    ['a name that clients filter', { name: 'Read-It' }],
    ['a reading tool that destroys', { hints: { ...reading, destructive: true } }],
    ['a harmless tool that asks', { confirm: () => ok('?') }],
    ['an argument without a word', { input: z.object({ id: z.string() }) }],
    ['the name of another', { name: 'describe' }],
  ] as const)('%s', (_name, change) => {
    expect(tool({})).not.toThrow();
    expect(tool(change)).toThrow(/^notes: /);
  });
});
