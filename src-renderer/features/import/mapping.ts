import type { ImportMapping } from '#shared/contract/schemas.ts';

/** The things a column of a file can hold, in the order they are asked for. */
export const mappingFields = [
  'date',
  'time',
  'receipt',
  'product',
  'quantity',
  'unitPrice',
  'lineTotal',
  'payment',
] as const satisfies readonly (keyof ImportMapping)[];
export type MappingField = (typeof mappingFields)[number];

/** The choices so far: which header cell holds what. */
export type MappingDraft = Partial<Record<MappingField, string>>;

/** The suggestion of the inspection as a draft. */
export function toDraft(suggestion: { [K in MappingField]?: string | undefined } | null): MappingDraft {
  const draft: MappingDraft = {};
  for (const field of mappingFields) {
    const name = suggestion?.[field];
    if (name !== undefined) draft[field] = name;
  }
  return draft;
}

/** The mapping for an import; null while date, product, or both prices are missing: a sale needs an amount. */
export function toMapping(draft: MappingDraft): ImportMapping | null {
  const { date, product, unitPrice, lineTotal, ...others } = draft;
  if (date === undefined || product === undefined) return null;
  if (unitPrice === undefined && lineTotal === undefined) return null;
  return {
    ...others,
    date,
    product,
    ...(unitPrice === undefined ? {} : { unitPrice }),
    ...(lineTotal === undefined ? {} : { lineTotal }),
  };
}
