import { worst } from '#main/services/base/describe-tool.ts';
import type { HealthCheck, Service } from '#main/services/base/types.ts';
import type { ServiceEndpoint } from './service-endpoint.ts';
import type { ServiceSettings } from './settings.ts';

export type Health = {
  readonly ok: boolean;
  readonly state: HealthCheck['state'];
  readonly checks: readonly HealthCheck[];
};

/** What a service says of itself; one that cannot even say it is down. */
export async function checksOf(service: Service): Promise<readonly HealthCheck[]> {
  try {
    return await service.health();
  } catch {
    return [{ name: service.id, state: 'down', note: 'The service does not answer.' }];
  }
}

/** The health of one service, for who watches this PC. Null when there is none. */
export async function healthOf(endpoint: ServiceEndpoint | undefined): Promise<Health | null> {
  if (endpoint === undefined) return null;
  const checks = await checksOf(endpoint.service);
  const state = worst(checks.map((check) => check.state));
  return { ok: state !== 'down', state, checks };
}

/** The health of all services that are on. */
export async function overallHealth(
  endpoints: ReadonlyMap<string, ServiceEndpoint>,
  settings: ServiceSettings,
): Promise<{ ok: boolean; services: Record<string, HealthCheck['state']> }> {
  const services: Record<string, HealthCheck['state']> = {};
  for (const [id, endpoint] of endpoints) {
    if (settings.tierOf(id) !== 'off') services[id] = (await healthOf(endpoint))?.state ?? 'down';
  }
  return { ok: !Object.values(services).includes('down'), services };
}
