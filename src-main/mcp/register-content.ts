import {
  completable,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import type { ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { fail } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import { fromAppError, toolError } from '#main/services/base/tool-error.ts';
import type { ToolError } from '#main/services/base/tool-error.ts';
import type { Prompt, ResourceBody, Service, ToolContext, ToolResult } from '#main/services/base/types.ts';
import { contextOf } from './call-context.ts';
import type { ServerDeps, Serving } from './serving.ts';

/** A resource with a fixed address. */
export function registerResource(serving: Serving, resource: Service['resources'][number]): void {
  const { name, uri, title, description, mimeType } = resource;
  serving.server.registerResource(name, uri, { title, description, mimeType }, (address, context) =>
    readFor(serving, name, address, context, (own) => resource.read(own)),
  );
}

/** Resources whose address ends in one variable, with completion. */
export function registerTemplate(serving: Serving, template: NonNullable<Service['templates']>[number]): void {
  const { name, uriTemplate, title, description, mimeType, complete } = template;
  const variable = /\{([a-z_]+)\}$/.exec(uriTemplate)?.[1] ?? '';
  const completed =
    complete === undefined
      ? {}
      : { complete: { [variable]: async (typed: string) => [...(await complete(typed, quiet(serving)))] } };
  serving.server.registerResource(
    name,
    new ResourceTemplate(uriTemplate, { list: undefined, ...completed }),
    { title, description, mimeType },
    (address, variables, context) =>
      readFor(serving, name, address, context, (own) => template.read(String(variables[variable] ?? ''), own)),
  );
}

async function readFor(
  serving: Serving,
  name: string,
  address: URL,
  context: ServerContext,
  read: (own: ToolContext<unknown>) => ToolResult<ResourceBody> | Promise<ToolResult<ResourceBody>>,
): Promise<{ contents: { uri: string; mimeType: string; text: string }[] }> {
  const body = await answered(serving, 'resource', name, context, read);
  if (!body.ok && body.error.code === 'not-found')
    throw new ResourceNotFoundError(address.toString(), said(body.error));
  if (!body.ok) throw new ProtocolError(ProtocolErrorCode.InternalError, said(body.error));
  return { contents: [{ uri: address.toString(), ...body.value }] };
}

/** A prompt with its arguments, with completion. */
export function registerPrompt(serving: Serving, prompt: Prompt<unknown>): void {
  const { name, title, description } = prompt;
  const argsSchema = z.object(Object.fromEntries(prompt.args.map((arg) => [arg.name, argumentSchema(serving, arg)])));
  serving.server.registerPrompt(name, { title, description, argsSchema }, async (args, context) => {
    const given = Object.fromEntries(
      Object.entries(args as Record<string, unknown>).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    );
    const text = await answered(serving, 'prompt', name, context, (own) => prompt.render(given, own));
    if (!text.ok) throw new ProtocolError(ProtocolErrorCode.InvalidParams, said(text.error));
    return { messages: [{ role: 'user', content: { type: 'text', text: text.value } }] };
  });
}

function argumentSchema(
  serving: Serving,
  { description, required, complete }: Prompt<unknown>['args'][number],
): z.ZodType {
  const text = z.string().max(1000).describe(description);
  const asked =
    complete === undefined
      ? text
      : completable(text, async (typed) => [...(await complete(typed ?? '', quiet(serving)))]);
  return required ? asked : asked.optional();
}

const said = (error: { readonly message: string; readonly next: string }): string => `${error.message} ${error.next}`;

/** Runs a resource or a prompt, writes down how it ended, and turns what it throws into a failure. */
async function answered<T>(
  { deps, plan, client }: Serving,
  kind: 'resource' | 'prompt',
  name: string,
  context: ServerContext,
  work: (own: ToolContext<unknown>) => ToolResult<T> | Promise<ToolResult<T>>,
): Promise<Result<T, ToolError>> {
  const started = deps.clock();
  const own = { ...contextOf(deps, client, context), deps: plan.service.deps };
  const settled = await deps.running(guarded(deps, plan.service.id, name, () => work(own)));
  const bytes = settled.ok ? JSON.stringify(settled.value).length : 0;
  const outcome = settled.ok ? 'ok' : settled.error.code;
  deps.onEnded({ client, service: plan.service.id, kind, name, outcome, ms: deps.clock() - started, bytes });
  return settled;
}

async function guarded<T>(
  deps: ServerDeps,
  service: string,
  name: string,
  work: () => ToolResult<T> | Promise<ToolResult<T>>,
): Promise<Result<T, ToolError>> {
  try {
    const answer = await work();
    return answer.ok ? answer : fail('next' in answer.error ? answer.error : fromAppError(answer.error));
  } catch (error) {
    const expected = deps.expectedFailure(error);
    if (expected !== null) return fail(fromAppError(expected));
    deps.onFault(service, name, error);
    return fail(toolError('internal', 'The service met a fault; the log of Pulser Field says more.'));
  }
}

/** The context of a completion, which nobody waits for and nobody cancels. */
function quiet({ deps, plan, client }: Serving): ToolContext<unknown> {
  return {
    deps: plan.service.deps,
    caller: { client: client.client, tokenId: client.tokenId },
    actor: client.client,
    signal: deps.stopping,
    now: deps.now,
    progress: () => undefined,
  };
}
