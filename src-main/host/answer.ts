import { appError } from '#shared/contract/errors.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { commands } from '#shared/contract/commands.ts';
import type { CommandName, Handlers } from '#shared/contract/commands.ts';
import { fail } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import type { Logger } from '#main/telemetry/logger.ts';

/** Answers one call of the contract, whatever carried it. Never rejects. */
export type Answer = (name: string, input: unknown) => Promise<Result<unknown, AppError>>;

export type AnswerDeps = {
  readonly handlers: Handlers;
  readonly logger: Logger;
  /** Turns an exception of the store into its expected failure; null when it is none, so a bug. */
  readonly expectedFailure: (error: unknown) => AppError | null;
  /** Milliseconds on a steady clock. */
  readonly clock: () => number;
  /** Hears how long each call took inside its handler. */
  readonly onAnswered: (name: CommandName, ms: number) => void;
};

/** Calls whose handler took longer than this are logged, in milliseconds. */
const slowMs = 40;

/**
 * Parses the input by the contract, asks the handler, and turns what it throws into a failure without its stack: the
 * store's failures get their code, everything else is a bug and says `internal` after it was logged.
 */
export function createAnswer(deps: AnswerDeps): Answer {
  return async (name, input) => {
    if (!isCommandName(name)) return fail(appError('bad-input', `Unknown command ${name.slice(0, 60)}`));
    const parsed = commands[name].input.safeParse(input ?? {});
    if (!parsed.success) return fail(appError('bad-input', issueText(parsed.error.issues)));
    if (holdsNul(parsed.data)) return fail(appError('bad-input', 'A text holds a character that cannot be stored.'));
    const started = deps.clock();
    try {
      // The name chooses both the schema and the handler, which the compiler cannot follow through the union.
      const handler = deps.handlers[name] as (request: unknown) => unknown;
      return (await handler(parsed.data)) as Result<unknown, AppError>;
    } catch (error) {
      const expected = deps.expectedFailure(error);
      deps.logger.error('host.handler-failed', { command: name, error, code: expected?.code ?? 'internal' });
      return fail(expected ?? appError('internal', `${name} failed; the log says more.`));
    } finally {
      const ms = deps.clock() - started;
      deps.onAnswered(name, ms);
      if (ms > slowMs) deps.logger.info('host.slow-call', { command: name, ms: Math.round(ms) });
    }
  };
}

/** The NUL character has no place in PostgreSQL's text, so it is refused before it is saved here. */
function holdsNul(input: unknown): boolean {
  return JSON.stringify(input).includes('\\u0000');
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** Names each field in question with what is wrong with it. */
function issueText(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  return issues
    .slice(0, 5)
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`))
    .join('; ');
}
