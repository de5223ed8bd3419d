import { fail, ok } from '#shared/result.ts';
import { toolError } from './tool-error.ts';
import type { Structured, Tool, ToolAnswer } from './types.ts';

/**
 * Characters of JSON that one answer may have: about 8,000 tokens, at three characters a token as ids and figures have it. Assistants refuse far
 * longer ones, and each one costs room in their memory.
 */
export const budgetCharacters = 24_000;

/** The answer as text; cut with a note where it is too long and may be cut, else a failure that says what to ask for instead. */
export function fitToBudget(tool: Tool<unknown>, value: Structured, args: Structured): ToolAnswer {
  const text = JSON.stringify(value);
  if (text.length <= budgetCharacters) return ok({ structured: value, text });
  return tool.cursorAfter === null ? cutFields(tool, value) : cutPage(tool, value, args, tool.cursorAfter);
}

function cutPage(
  tool: Tool<unknown>,
  value: Structured,
  args: Structured,
  cursorAfter: NonNullable<Tool<unknown>['cursorAfter']>,
): ToolAnswer {
  const items = value['items'] as readonly unknown[];
  const cut = (count: number): Structured => ({
    ...value,
    items: items.slice(0, count),
    next_cursor: cursorAfter(items[count - 1], args),
    left_out: `Only ${count} of the ${items.length} items of this page fit. Go on with next_cursor.`,
  });
  return longestThatFits(items.length - 1, 1, cut) ?? tooLarge(tool);
}

function cutFields(tool: Tool<unknown>, value: Structured): ToolAnswer {
  let shorter = value;
  const cuts: string[] = [];
  for (const field of tool.trim) {
    const list = shorter[field];
    if (!Array.isArray(list) || list.length === 0) continue;
    const whole = shorter;
    const cut = (count: number): Structured => ({
      ...whole,
      [field]: list.slice(0, count),
      left_out: noteOf([...cuts, `${field}: the first ${count} of ${list.length}`]),
    });
    const fits = longestThatFits(list.length - 1, 0, cut);
    if (fits !== null) return fits;
    cuts.push(`${field}: none of ${list.length}`);
    shorter = cut(0);
  }
  return tooLarge(tool);
}

const noteOf = (cuts: readonly string[]): string =>
  `The answer was too long, so lists were cut (${cuts.join('; ')}). Ask for less to see the rest.`;

/** The longest cut within the budget, found by halving; null when even the shortest is too long. */
function longestThatFits(most: number, least: number, cut: (count: number) => Structured): ToolAnswer | null {
  let fits: ToolAnswer | null = null;
  let low = least;
  let high = most;
  while (low <= high) {
    const count = Math.floor((low + high) / 2);
    const structured = cut(count);
    const text = JSON.stringify(structured);
    if (text.length <= budgetCharacters) {
      fits = ok({ structured, text });
      low = count + 1;
    } else {
      high = count - 1;
    }
  }
  return fits;
}

const tooLarge = (tool: Tool<unknown>): ToolAnswer =>
  fail(toolError('too-large', `The answer of ${tool.name} is longer than an assistant can take in.`));
