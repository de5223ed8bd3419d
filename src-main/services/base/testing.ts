import { fail } from '#shared/result.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import { runTool } from './run-tool.ts';
import type { RunDeps } from './run-tool.ts';
import { toolError } from './tool-error.ts';
import type { Service, ToolAnswer, ToolContext } from './types.ts';

/** What a test may say about the call; `answers: null` is a client that cannot ask its user. */
export type CallOptions = {
  readonly context?: Partial<Omit<ToolContext<unknown>, 'deps'>>;
  readonly answers?: boolean | null;
  readonly onFault?: RunDeps['onFault'];
};

/** Calls a tool of an opened service as the host would, for tests. A fault of the tool is thrown unless `onFault` takes it. */
export function callTool(
  service: Service,
  name: string,
  args: unknown,
  options: CallOptions = {},
): Promise<ToolAnswer> {
  const tool = service.tools.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`${service.id} has no tool ${name}`);
  const { answers = true } = options;
  return runTool(tool, args, {
    service,
    context: {
      caller: { client: 'a test', tokenId: 'test' },
      actor: 'a test',
      signal: new AbortController().signal,
      now: Date.now,
      progress: () => undefined,
      ...options.context,
    },
    ask: async () =>
      answers === null ? fail(toolError('confirmation-needed', 'Nobody can be asked.')) : { ok: true, value: answers },
    onFault:
      options.onFault ??
      ((error) => {
        throw error;
      }),
    expectedFailure: storeErrorOf,
  });
}
