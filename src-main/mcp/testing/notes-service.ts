import { z } from 'zod';
import { appError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import { serviceKit } from '#main/services/base/define.ts';
import { toolError } from '#main/services/base/tool-error.ts';

type Note = { readonly id: number; readonly text: string };

/** Notes in memory, and gates that a test opens. */
export type NotesDeps = {
  notes: Note[];
  health: 'ok' | 'down';
  /** Holds `wait_for_it` until the test lets it go. */
  readonly gate: () => Promise<void>;
};

const { defineTool, defineListTool, defineResource, defineTemplate, definePrompt, defineService } =
  serviceKit<NotesDeps>();
const reading = { destructive: false, idempotent: true, openWorld: false };
const note = z.object({ id: z.int(), text: z.string() });

const listNotes = defineListTool({
  name: 'list_notes',
  title: 'Notes',
  description: 'Lists the notes, oldest first.',
  hints: reading,
  access: 'read',
  quotesPeople: true,
  input: z.object({ containing: z.string().default('').describe('Only notes with this text.') }),
  item: note,
  key: z.tuple([z.int()]),
  keyOf: ({ id }) => [id],
  run: ({ containing }, { limit, after }, { deps }) => {
    const all = deps.notes.filter(({ text }) => text.includes(containing));
    const rest = all.filter(({ id }) => id > (after?.[0] ?? -1));
    return ok({ items: rest.slice(0, limit), total: all.length, more: rest.length > limit });
  },
});

const addNote = defineTool({
  name: 'add_note',
  title: 'Write a note',
  description: 'Adds a note.',
  hints: { destructive: false, idempotent: false, openWorld: false },
  access: 'write',
  input: z.object({ text: z.string().min(1).max(200).describe('The text.') }),
  output: z.object({ note, by: z.string() }),
  run: ({ text }, { deps, actor }) => {
    const added = { id: (deps.notes.at(-1)?.id ?? 0) + 1, text };
    deps.notes.push(added);
    return ok({ note: added, by: actor });
  },
});

const deleteNote = defineTool({
  name: 'delete_note',
  title: 'Delete a note',
  description: 'Deletes a note for good.',
  hints: { destructive: true, idempotent: true, openWorld: false },
  access: 'write',
  input: z.object({ id: z.int().describe('Its id.') }),
  output: z.object({ left: z.int() }),
  confirm: ({ id }, { deps }) =>
    deps.notes.some((kept) => kept.id === id)
      ? ok(`Delete note ${id}?`)
      : fail(toolError('not-found', `No note has the id ${id}.`)),
  run: ({ id }, { deps }) => {
    deps.notes = deps.notes.filter((kept) => kept.id !== id);
    return ok({ left: deps.notes.length });
  },
});

const waitForIt = defineTool({
  name: 'wait_for_it',
  title: 'Wait',
  description: 'Takes long, tells how far it is, and ends when it is told to.',
  hints: reading,
  access: 'read',
  input: z.object({}),
  output: z.object({ waited: z.boolean() }),
  run: async (_args, { deps, progress, signal }) => {
    progress(1, 2, 'half');
    await Promise.race([deps.gate(), new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    signal.throwIfAborted();
    return ok({ waited: true });
  },
});

const fault = defineTool({
  name: 'meet_a_fault',
  title: 'Fault',
  description: 'Fails in a way that nobody expected.',
  hints: reading,
  access: 'read',
  offByDefault: true,
  input: z.object({}),
  output: z.object({}),
  run: () => {
    throw new Error('secret inside');
  },
});

/** A service with one of everything, for tests of what hosts services. */
export const notesService = defineService({
  id: 'notes',
  title: 'Notes',
  instructions: 'Notes of the counter.',
  version: '1.2.3',
  tools: [listNotes, addNote, deleteNote, waitForIt, fault],
  resources: [
    defineResource({
      uri: 'pulser://notes/all',
      name: 'all',
      title: 'All notes',
      description: 'Every note.',
      mimeType: 'application/json',
      read: ({ deps }) => ok({ mimeType: 'application/json', text: JSON.stringify(deps.notes) }),
    }),
  ],
  templates: [
    defineTemplate({
      uriTemplate: 'pulser://notes/note/{id}',
      name: 'note',
      title: 'One note',
      description: 'One note.',
      mimeType: 'text/plain',
      complete: (typed, { deps }) => deps.notes.map(({ id }) => String(id)).filter((id) => id.startsWith(typed)),
      read: (id, { deps }) => {
        const found = deps.notes.find((kept) => String(kept.id) === id);
        return found ? ok({ mimeType: 'text/plain', text: found.text }) : fail(appError('not-found', id));
      },
    }),
  ],
  prompts: [
    definePrompt({
      name: 'sum_up',
      title: 'Sum up',
      description: 'Sums up the notes about something.',
      args: [
        {
          name: 'topic',
          description: 'What about.',
          required: true,
          complete: (typed) => ['milk', 'rice'].filter((word) => word.startsWith(typed)),
        },
        { name: 'tone', description: 'How.', required: false },
      ],
      render: ({ topic, tone }) => ok(`Sum up the notes about ${topic}${tone === undefined ? '' : `, ${tone}`}.`),
    }),
  ],
  health: ({ health }) => [{ name: 'shelf', state: health, note: health === 'ok' ? '' : 'The shelf fell.' }],
});
