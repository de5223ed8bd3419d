import type { z } from 'zod';
import type { AppError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import { fitToBudget } from './budget.ts';
import { fromAppError, toolError } from './tool-error.ts';
import type { ToolError } from './tool-error.ts';
import type { Service, Tool, ToolAnswer, ToolContext } from './types.ts';

export type RunDeps = {
  readonly service: Service;
  readonly context: Omit<ToolContext<unknown>, 'deps'>;
  /**
   * Asks a person: yes, no, or a failure where nobody can be asked. It may throw to end the call for now (the client then comes back with the
   * answer), and is passed through.
   */
  readonly ask: (question: string) => Promise<Result<boolean, ToolError>>;
  /** Hears what was a bug, not an expected failure. */
  readonly onFault: (error: unknown) => void;
  /** Turns what the store throws into its expected failure; null when it is none. */
  readonly expectedFailure: (error: unknown) => AppError | null;
};

/**
 * Calls a tool as a client does: the arguments parsed by its schema, a person asked where it must be, the answer checked against its schema and
 * cut to the size budget. Never throws, but for what `ask` throws.
 */
export async function runTool(tool: Tool<unknown>, args: unknown, deps: RunDeps): Promise<ToolAnswer> {
  const parsed = tool.input.safeParse(args ?? {});
  if (!parsed.success) return fail(toolError('bad-input', `${tool.name}: ${issueText(parsed.error.issues)}`));
  if (holdsNul(parsed.data))
    return fail(toolError('bad-input', 'A text holds the NUL character, which cannot be stored.'));
  const context: ToolContext<unknown> = { ...deps.context, deps: deps.service.deps };
  const confirmed = await confirm(tool, parsed.data, context, deps);
  if (!confirmed.ok) return confirmed;
  if (context.signal.aborted) return fail(toolError('cancelled', 'The call was cancelled.'));
  const answer = await guarded(deps, context.signal, () => tool.run(parsed.data as never, context));
  if (!answer.ok) return answer;
  const checked = tool.output.safeParse(answer.value);
  if (!checked.success) {
    deps.onFault(new Error(`${tool.name} answered against its schema: ${issueText(checked.error.issues)}`));
    return fail(internal());
  }
  return fitToBudget(tool, checked.data, parsed.data);
}

async function confirm(
  tool: Tool<unknown>,
  args: unknown,
  context: ToolContext<unknown>,
  deps: RunDeps,
): Promise<Result<null, ToolError>> {
  const { confirm: ask } = tool;
  if (ask === null) return ok(null);
  const question = await guarded(deps, context.signal, () => ask(args as never, context));
  if (!question.ok) return question;
  if (question.value === null) return ok(null);
  const answer = await deps.ask(question.value);
  if (!answer.ok) return answer;
  return answer.value
    ? ok(null)
    : fail(toolError('declined', 'The person who was asked said no. Nothing was changed.'));
}

async function guarded<T>(
  deps: RunDeps,
  signal: AbortSignal,
  work: () => Result<T, ToolError | AppError> | Promise<Result<T, ToolError | AppError>>,
): Promise<Result<T, ToolError>> {
  try {
    const answer = await work();
    return answer.ok ? answer : fail('next' in answer.error ? answer.error : fromAppError(answer.error));
  } catch (error) {
    // work that was told to stop may end by throwing
    if (signal.aborted) return fail(toolError('cancelled', 'The call was cancelled.'));
    const expected = deps.expectedFailure(error);
    if (expected !== null) return fail(fromAppError(expected));
    deps.onFault(error);
    return fail(internal());
  }
}

const internal = (): ToolError =>
  toolError('internal', 'The tool met a fault and did not finish; the log of Pulser Field says more.');

/** The NUL character has no place in PostgreSQL's text, so it is refused before it is saved here. */
function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsNul);
}

/** Names each argument in question with what is wrong with it. */
function issueText(issues: readonly z.core.$ZodIssue[]): string {
  return issues
    .slice(0, 5)
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`))
    .join('; ');
}
