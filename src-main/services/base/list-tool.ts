import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fail, ok } from '#shared/result.ts';
import { readCursor } from '#main/shop/cursor.ts';
import { leftOutField } from './left-out-field.ts';
import { toolError } from './tool-error.ts';
import type { ListToolDefinition, PageKey, Tool } from './types.ts';

const pageFields = {
  limit: z.int().min(1).max(100).default(20).describe('How many items at most, 1 to 100.'),
  cursor: z
    .string()
    .max(2000)
    .optional()
    .describe('`next_cursor` of the page before, with the other arguments as they were. Leave out for the first page.'),
};

/** A list tool as the base keeps it: with the paging of the house around what the definition reads. */
export function listTool<D, I extends z.ZodObject, T extends z.ZodObject, K extends PageKey, S extends z.ZodObject>(
  definition: ListToolDefinition<D, I, T, K, S>,
): Tool<D> {
  const { item, key, keyOf, summary, run, input, ...rest } = definition;
  const carried = z.tuple([z.string(), key]);
  const cursorAfter = (last: unknown, args: Readonly<Record<string, unknown>>): string =>
    Buffer.from(JSON.stringify([fingerprint(args), keyOf(last as z.input<T>)])).toString('base64url');
  return {
    ...rest,
    input: input.extend(pageFields).strict(),
    output: outputOf(item, summary),
    trim: [],
    cursorAfter,
    confirm: null,
    run: async (args: Readonly<Record<string, unknown>>, context) => {
      const { limit, cursor, ...own } = args as { limit: number; cursor?: string };
      const read = readCursor(cursor, carried);
      if (!read.ok || (read.value !== null && read.value[0] !== fingerprint(args))) {
        return fail(
          toolError(
            'bad-input',
            'This cursor does not belong to a call with these arguments.',
            'Repeat the call that gave it with nothing but the cursor changed, or leave the cursor out to begin again.',
          ),
        );
      }
      const after = read.value === null ? null : read.value[1];
      const answer = await run(own as z.output<I>, { limit, after }, context);
      if (!answer.ok) return answer;
      const { more, ...shown } = answer.value;
      const last = shown.items.at(-1);
      return ok({ ...shown, ...(more && last !== undefined ? { next_cursor: cursorAfter(last, args) } : {}) });
    },
  };
}

function outputOf(item: z.ZodObject, summary: z.ZodObject | undefined): z.ZodObject {
  return z.strictObject({
    items: z.array(item),
    total: z.int().describe('How many there are over all pages.'),
    next_cursor: z.string().optional().describe('Pass it as `cursor` for the next page; absent on the last one.'),
    ...summary?.shape,
    ...leftOutField,
  });
}

/** Ties a cursor to the arguments it was made for, whatever their order. */
function fingerprint(args: Readonly<Record<string, unknown>>): string {
  const relevant = Object.entries(args)
    .filter(([name, value]) => name !== 'limit' && name !== 'cursor' && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(relevant)).digest('base64url').slice(0, 8);
}
