import { toolError } from '#main/services/base/tool-error.ts';
import type { ToolError } from '#main/services/base/tool-error.ts';
import type { Tool } from '#main/services/base/types.ts';
import type { Client } from './access.ts';
import type { ServiceSettings } from './settings.ts';

/** Why this client may not call this tool now; null when it may. The operator's switches come first, then what its token allows. */
export function whyNot(
  settings: ServiceSettings,
  service: string,
  tool: Tool<unknown>,
  client: Client,
): ToolError | null {
  if (settings.tierOf(service) === 'off') return toolError('tool-off', `The service ${service} is switched off.`);
  if (!settings.isOn(service, tool)) return toolError('tool-off', `The tool ${tool.name} is switched off.`);
  const scope = client.scopes.find((candidate) => candidate.service === service);
  if (scope === undefined) return toolError('not-allowed', `This token does not allow ${service}.`);
  if (tool.access === 'read') return null;
  if (settings.tierOf(service) !== 'write')
    return toolError('read-only', `The service ${service} is open for reading only; ${tool.name} would change data.`);
  return scope.write
    ? null
    : toolError('not-allowed', `This token allows reading only; ${tool.name} would change data.`);
}
