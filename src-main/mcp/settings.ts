import { z } from 'zod';
import { serviceTier } from '#shared/contract/services.ts';
import type { ServiceTier } from '#shared/contract/services.ts';
import { readMeta, writeMeta } from '#main/store/meta.ts';
import type { Store } from '#main/store/types.ts';
import type { Tool } from '#main/services/base/types.ts';

/** What the operator chose: nothing is on until they do. */
const settingsShape = z.object({
  /** Chosen port; null: the configured one. */
  port: z.int().nullable().default(null),
  services: z
    .record(
      z.string(),
      z.object({
        tier: serviceTier.default('off'),
        tools: z.record(z.string(), z.object({ on: z.boolean().optional(), asks: z.boolean().optional() })).default({}),
      }),
    )
    .default({}),
});
type Settings = z.output<typeof settingsShape>;

export type ServiceSettings = {
  port(): number | null;
  tierOf(service: string): ServiceTier;
  isOn(service: string, tool: Pick<Tool<unknown>, 'name' | 'offByDefault'>): boolean;
  /** Whether a destructive tool asks a person before it runs. */
  asks(service: string, tool: string): boolean;
  setPort(port: number | null): void;
  setTier(service: string, tier: ServiceTier): void;
  setTool(service: string, tool: string, change: { on?: boolean | undefined; asks?: boolean | undefined }): void;
  allOff(): void;
};

/** The operator's switches, kept in the store. Every change is announced as `_services`. */
export function createSettings(store: Store): ServiceSettings {
  let settings: Settings = settingsShape.parse(readMeta(store.read, 'services') ?? {});
  const change = (work: (draft: Settings) => void): void => {
    const draft = structuredClone(settings);
    work(draft);
    store.apply({ tables: ['_services'], origin: 'local' }, (db) => writeMeta(db, 'services', draft));
    settings = draft;
  };
  const own = (draft: Settings, service: string): Settings['services'][string] =>
    (draft.services[service] ??= { tier: 'off', tools: {} });

  return {
    port: () => settings.port,
    tierOf: (service) => settings.services[service]?.tier ?? 'off',
    isOn: (service, tool) => settings.services[service]?.tools[tool.name]?.on ?? tool.offByDefault !== true,
    asks: (service, tool) => settings.services[service]?.tools[tool]?.asks ?? true,
    setPort: (port) => change((draft) => void (draft.port = port)),
    setTier: (service, tier) => change((draft) => void (own(draft, service).tier = tier)),
    setTool: (service, tool, { on, asks }) =>
      change((draft) => {
        const switches = (own(draft, service).tools[tool] ??= {});
        if (on !== undefined) switches.on = on;
        if (asks !== undefined) switches.asks = asks;
      }),
    allOff: () =>
      change((draft) => {
        for (const service of Object.values(draft.services)) service.tier = 'off';
      }),
  };
}
