import type { ClientToken, ServiceCall } from '#shared/contract/services.ts';

/** Whose calls can be looked for: everybody who ever had a token, and who called without one of this PC's. Names that occur twice tell their age. */
export function assistantChoices(
  tokens: readonly ClientToken[],
  calls: readonly ServiceCall[],
): { value: string; label: string }[] {
  const named = new Map(tokens.map(({ id, name }) => [id, name]));
  for (const { tokenId, client } of calls) if (!named.has(tokenId)) named.set(tokenId, client);
  const all = [...named].map(([value, label]) => ({ value, label }));
  return all.map(({ value, label }) => {
    const same = all.filter((one) => one.label === label);
    const place = same.length - same.findIndex((one) => one.value === value);
    return { value, label: same.length === 1 ? label : `${label} (${place})` };
  });
}
