import { worst } from '#main/services/base/describe-tool.ts';
import type { HealthCheck, Service } from '#main/services/base/types.ts';
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
export async function healthOf(service: Service | undefined): Promise<Health | null> {
  if (service === undefined) return null;
  const checks = await checksOf(service);
  const state = worst(checks.map((check) => check.state));
  return { ok: state !== 'down', state, checks };
}

/** The health of all services that are on. */
export async function overallHealth(
  services: readonly Service[],
  settings: ServiceSettings,
): Promise<{ ok: boolean; services: Record<string, HealthCheck['state']> }> {
  const states: Record<string, HealthCheck['state']> = {};
  for (const service of services) {
    if (settings.tierOf(service.id) !== 'off') states[service.id] = (await healthOf(service))?.state ?? 'down';
  }
  return { ok: !Object.values(states).includes('down'), services: states };
}
