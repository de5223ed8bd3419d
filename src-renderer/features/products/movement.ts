/** What a person can record about the stock here; sales move it by themselves. */
export const kinds = ['delivery', 'spoilage', 'adjustment'] as const;
export type Kind = (typeof kinds)[number];

/** What a movement of a kind does to the stock: spoiled goods leave it, a correction says its own sign. */
export function signedQty(kind: Kind, qty: number): number {
  return kind === 'spoilage' ? -Math.abs(qty) : qty;
}
