import { z } from 'zod';
import { ok } from '#shared/result.ts';
import { leftOutField } from './left-out-field.ts';
import type { ServiceDefinition, Tool } from './types.ts';

const output = z.strictObject({
  service: z.string(),
  title: z.string(),
  version: z.string(),
  state: z.enum(['ok', 'degraded', 'down']).describe('The worst of the checks.'),
  checks: z.array(z.strictObject({ name: z.string(), state: z.enum(['ok', 'degraded', 'down']), note: z.string() })),
  tools: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      access: z.enum(['read', 'write']),
      destructive: z.boolean(),
    }),
  ),
  resources: z.array(z.string()),
  prompts: z.array(z.string()),
  ...leftOutField,
});

/** The tool that every service has: what it can do, which version it is, and how what it leans on stands. */
export function createDescribeTool<D>(service: ServiceDefinition<D>): Tool<D> {
  const describe: Tool<D> = {
    name: 'describe',
    title: `About ${service.title}`,
    description:
      `What the ${service.title} service offers, its version, and whether everything it leans on works. ` +
      'Use it first when a tool fails or results look old.',
    hints: { destructive: false, idempotent: true, openWorld: false },
    access: 'read',
    input: z.strictObject({}),
    output,
    trim: [],
    cursorAfter: null,
    confirm: null,
    run: async (_args: never, { deps }) => {
      const checks = await service.health(deps);
      return ok({
        service: service.id,
        title: service.title,
        version: service.version,
        state: worst(checks.map(({ state }) => state)),
        checks: [...checks],
        tools: [...service.tools, describe].map(({ name, title, access, hints }) => ({
          name,
          title,
          access,
          destructive: hints.destructive,
        })),
        resources: [
          ...service.resources.map(({ uri }) => uri),
          ...(service.templates ?? []).map(({ uriTemplate }) => uriTemplate),
        ],
        prompts: service.prompts.map(({ name }) => name),
      });
    },
  };
  return describe;
}

/** The state of a whole whose parts stand like this; `ok` when there are none. */
export function worst(states: readonly ('ok' | 'degraded' | 'down')[]): 'ok' | 'degraded' | 'down' {
  if (states.includes('down')) return 'down';
  return states.includes('degraded') ? 'degraded' : 'ok';
}
