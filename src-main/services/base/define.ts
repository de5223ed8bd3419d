import type { z } from 'zod';
import { createDescribeTool } from './describe-tool.ts';
import { listTool } from './list-tool.ts';
import { leftOutField } from './left-out-field.ts';
import type {
  DefinedService,
  ListToolDefinition,
  PageKey,
  Prompt,
  Resource,
  ResourceTemplate,
  Service,
  ServiceDefinition,
  Tool,
  ToolDefinition,
} from './types.ts';

/** What a service is made with; `D` is what its tools need: the store, a cache, readers. */
export type ServiceKit<D> = {
  /** A tool that answers one object. */
  defineTool<I extends z.ZodObject, O extends z.ZodObject>(definition: ToolDefinition<D, I, O>): Tool<D>;
  /** A tool that answers a list page by page. */
  defineListTool<I extends z.ZodObject, T extends z.ZodObject, K extends PageKey, S extends z.ZodObject = z.ZodObject>(
    definition: ListToolDefinition<D, I, T, K, S>,
  ): Tool<D>;
  defineResource(definition: Resource<D>): Resource<D>;
  defineTemplate(definition: ResourceTemplate<D>): ResourceTemplate<D>;
  definePrompt(definition: Prompt<D>): Prompt<D>;
  /** Puts it together, adds `describe`, and throws when the definition breaks a rule of the house. */
  defineService(definition: ServiceDefinition<D>): DefinedService<D>;
};

/** Answers the functions that define a service whose tools need `D`. */
export function serviceKit<D>(): ServiceKit<D> {
  return {
    defineTool: (definition) => plainTool(definition),
    defineListTool: (definition) => listTool(definition),
    defineResource: (definition) => definition,
    defineTemplate: (definition) => definition,
    definePrompt: (definition) => definition,
    defineService: (definition) => defineService(definition),
  };
}

function plainTool<D, I extends z.ZodObject, O extends z.ZodObject>(definition: ToolDefinition<D, I, O>): Tool<D> {
  const { trim, confirm, ...rest } = definition;
  if ('left_out' in definition.output.shape) throw new Error(`${definition.name}: left_out is the base's own field`);
  return {
    ...rest,
    input: definition.input.strict(),
    output: definition.output.extend(leftOutField).strict(),
    trim: trim ?? [],
    cursorAfter: null,
    // The runner parses the arguments by `input` first, which the compiler cannot follow through the list of tools.
    confirm: (confirm as Tool<D>['confirm']) ?? null,
    run: definition.run,
  };
}

function defineService<D>(definition: ServiceDefinition<D>): DefinedService<D> {
  const complete = { ...definition, tools: [...definition.tools, createDescribeTool(definition)] };
  const problems = problemsOf(complete);
  if (problems.length > 0) throw new Error(`${definition.id}: ${problems.join('; ')}`);
  return { ...complete, open: (deps) => open(complete, deps) };
}

function open<D>(definition: ServiceDefinition<D>, deps: D): Service {
  const { health, ...rest } = definition;
  // `deps` and the tools that take them stay together in one object, so the type in between may be forgotten.
  return { ...(rest as unknown as Omit<Service, 'deps' | 'health'>), deps, health: async () => health(deps) };
}

/** The rules that clients impose and types cannot say. */
function problemsOf(service: ServiceDefinition<never>): string[] {
  const problems: string[] = [];
  const check = (good: boolean, problem: string): void => void (good || problems.push(problem));
  check(/^[a-z]{2,20}$/.test(service.id), 'the id is one lower-case word');
  check(service.instructions.length <= 1000, 'instructions are longer than 1000 characters');
  const names = service.tools.map(({ name }) => name);
  check(new Set(names).size === names.length, 'two tools have one name');
  for (const tool of service.tools) {
    check(/^[a-z][a-z0-9_]{2,39}$/.test(tool.name), `${tool.name}: a name is snake_case, 3 to 40 characters`);
    check(tool.access === 'write' || !tool.hints.destructive, `${tool.name}: reading destroys nothing`);
    check(tool.confirm === null || tool.hints.destructive, `${tool.name}: only destructive tools ask`);
    for (const [field, schema] of Object.entries(tool.input.shape)) {
      check((schema.description ?? '').length > 0, `${tool.name}: the argument ${field} is not described`);
    }
  }
  for (const { uri } of service.resources)
    check(uri.startsWith(`pulser://${service.id}/`), `${uri}: not an address of this service`);
  for (const { uriTemplate } of service.templates ?? []) {
    const rule = new RegExp(`^pulser://${service.id}/[a-z0-9/_-]*\\{[a-z_]+\\}$`);
    check(rule.test(uriTemplate), `${uriTemplate}: one variable, at the end`);
  }
  return problems;
}
