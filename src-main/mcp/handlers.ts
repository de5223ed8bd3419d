import { existsSync } from 'node:fs';
import { appError } from '#shared/contract/errors.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Handlers } from '#shared/contract/commands.ts';
import type { ServiceScope, ServicesReport } from '#shared/contract/services.ts';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import { worst } from '#main/services/base/describe-tool.ts';
import type { ListedTool } from '#main/services/base/tool-list.ts';
import type { Service } from '#main/services/base/types.ts';
import type { Audit } from './audit.ts';
import type { CallCounts } from './call-numbers.ts';
import type { Door } from './door.ts';
import { checksOf } from './health.ts';
import type { Protocol } from './protocol.ts';
import type { ServiceSettings } from './settings.ts';
import type { Tokens } from './tokens.ts';

/** The commands that the host of the services answers. */
export type ServiceHandlers = Pick<
  Handlers,
  | 'services.get'
  | 'services.setTier'
  | 'services.setTool'
  | 'services.setPort'
  | 'services.allOff'
  | 'services.calls'
  | 'tokens.list'
  | 'tokens.create'
  | 'tokens.revoke'
  | 'tokens.rotate'
>;

export type HandlerDeps = {
  readonly settings: ServiceSettings;
  readonly tokens: Tokens;
  readonly audit: Audit;
  readonly services: readonly Service[];
  readonly dataDir: string;
  /** Where the bridge lies if this installation has one. */
  readonly bridge: string;
  /** Each service's tools as they are listed. */
  readonly listed: ReadonlyMap<string, ReadonlyMap<string, ListedTool>>;
  /** What serves clients; null before the first service was switched on. */
  readonly protocol: () => Promise<Protocol> | null;
  readonly door: Door;
  readonly counts: CallCounts;
  readonly refused: { readonly count: number; readonly last: { readonly at: number; readonly reason: string } | null };
};

export function createHandlers(deps: HandlerDeps): ServiceHandlers {
  const { settings, tokens, services, door } = deps;
  const find = (id: string): Service | undefined => services.find((service) => service.id === id);
  /** After a switch: tell who is connected, end what is no longer allowed, and open or close the port. */
  const switched = async (ids: readonly string[]): Promise<Result<Record<string, never>, AppError>> => {
    const protocol = await deps.protocol();
    for (const id of ids) {
      protocol?.toolsChanged(id);
      if (settings.tierOf(id) !== 'off') continue;
      await protocol?.closeSessions({ service: id });
      door.cut({ service: id });
    }
    return nothing(await door.adjust());
  };
  const endToken = async (id: string): Promise<void> => {
    await (await deps.protocol())?.closeSessions({ tokenId: id });
    door.cut({ tokenId: id });
  };

  return {
    'services.get': async () => ok(await report(deps)),
    'services.setTier': async ({ service, tier }) => {
      if (find(service) === undefined) return fail(appError('not-found', service));
      settings.setTier(service, tier);
      return switched([service]);
    },
    'services.setTool': async ({ service, tool, on, asks }) => {
      const known = find(service)?.tools.find(({ name }) => name === tool);
      if (known === undefined) return fail(appError('not-found', `${service}.${tool}`));
      if (asks !== undefined && known.confirm === null) return fail(appError('bad-input', `${tool} never asks`));
      settings.setTool(service, tool, { on, asks });
      return switched([service]);
    },
    'services.setPort': async ({ port }) => {
      settings.setPort(port);
      return nothing(await door.adjust());
    },
    'services.allOff': () => {
      settings.allOff();
      return switched(services.map(({ id }) => id));
    },
    'services.calls': (request) => deps.audit.list(request),
    'tokens.list': () => ok({ items: tokens.list() }),
    'tokens.create': ({ name, scopes, days }) => {
      const unknown = scopes.find(({ service }) => find(service) === undefined);
      if (unknown !== undefined) return fail(appError('bad-input', `scopes: there is no service ${unknown.service}`));
      return ok(tokens.create(name, onceEach(scopes), days));
    },
    'tokens.revoke': async ({ id }) => {
      const revoked = tokens.revoke(id);
      if (revoked.ok) await endToken(id);
      return nothing(revoked);
    },
    'tokens.rotate': async ({ id, days }) => {
      const rotated = tokens.rotate(id, days);
      if (rotated.ok) await endToken(id);
      return rotated;
    },
  };
}

function nothing(result: Result<null, AppError>): Result<Record<string, never>, AppError> {
  return result.ok ? ok({}) : result;
}

/** One scope for each service, the wider one where both are named. */
function onceEach(scopes: readonly ServiceScope[]): ServiceScope[] {
  const widest = new Map<string, boolean>();
  for (const { service, write } of scopes) widest.set(service, write || widest.get(service) === true);
  return [...widest].map(([service, write]) => ({ service, write }));
}

async function report(deps: HandlerDeps): Promise<ServicesReport> {
  const { port, url, failure } = deps.door.state();
  return {
    listener: {
      state: failure !== null ? 'failed' : url === null ? 'off' : 'on',
      port,
      failure,
      connections: deps.door.connections(),
      refused: deps.refused.count,
      lastRefusal: deps.refused.last,
    },
    services: await Promise.all(deps.services.map((service) => oneService(deps, service, url))),
    bridge: existsSync(deps.bridge) ? { path: deps.bridge, dataDir: deps.dataDir } : null,
  };
}

async function oneService(
  { settings, counts, listed }: HandlerDeps,
  service: Service,
  url: string | null,
): Promise<ServicesReport['services'][number]> {
  const { id, title, version } = service;
  const tier = settings.tierOf(id);
  const checks = await checksOf(service);
  return {
    id,
    title,
    version,
    tier,
    url: url === null || tier === 'off' ? null : `${url}/${id}`,
    state: worst(checks.map(({ state }) => state)),
    checks: checks.map((check) => ({ ...check })),
    tools: service.tools.map((tool) => ({
      name: tool.name,
      title: tool.title,
      description: tool.description,
      access: tool.access,
      destructive: tool.hints.destructive,
      on: settings.isOn(id, tool),
      asks: tool.confirm !== null && settings.asks(id, tool.name),
      calls: counts.ofTool(id, tool.name),
    })),
    listBytes: Buffer.byteLength(JSON.stringify([...(listed.get(id)?.values() ?? [])])),
    calls: counts.ofService(id),
  };
}
