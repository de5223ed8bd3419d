import type { ServiceScope } from '#shared/contract/services.ts';

export const grants = ['none', 'read', 'write'] as const;
/** What a new token shall allow with one service. */
export type Grant = (typeof grants)[number];

/** The scopes of what was chosen, in the order of the services. */
export function scopesOf(
  services: readonly { readonly id: string }[],
  granted: Readonly<Record<string, Grant>>,
): ServiceScope[] {
  return services.flatMap(({ id }) => {
    const grant = granted[id] ?? 'none';
    return grant === 'none' ? [] : [{ service: id, write: grant === 'write' }];
  });
}
