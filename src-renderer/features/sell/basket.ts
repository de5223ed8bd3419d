import type { Product } from '#shared/contract/schemas.ts';
import { parseQty } from '../../ui/format.ts';

/** One product in the basket; `qty` in thousandths of its unit. */
export type BasketLine = { product: Product; qty: number };

/** Total of a line in centavos, rounded half up as the till does. */
export function lineTotal(line: BasketLine): number {
  return Math.round((line.product.price * line.qty) / 1000);
}

/** Total of the basket in centavos. */
export function basketTotal(lines: readonly BasketLine[]): number {
  return lines.reduce((sum, line) => sum + lineTotal(line), 0);
}

/** Adds a quantity of a product; a product already in the basket stays one line. */
export function addToBasket(lines: readonly BasketLine[], product: Product, qty: number): BasketLine[] {
  const known = lines.some((line) => line.product.id === product.id);
  if (!known) return [...lines, { product, qty }];
  return lines.map((line) => (line.product.id === product.id ? { product, qty: line.qty + qty } : line));
}

/** Sets a line's quantity; zero or less removes the line. */
export function setQty(lines: readonly BasketLine[], productId: string, qty: number): BasketLine[] {
  if (qty <= 0) return lines.filter((line) => line.product.id !== productId);
  return lines.map((line) => (line.product.id === productId ? { ...line, qty } : line));
}

/** Splits what was typed: `3*kape` is three of "kape", `kape` is one. Quantities come back in thousandths. */
export function readSearch(text: string): { qty: number; search: string } {
  const match = /^\s*([\d.]+)\s*[*×x]\s*(.*)$/i.exec(text);
  const qty = match === null ? null : parseQty(match[1] ?? '');
  if (match === null || qty === null || qty <= 0) return { qty: 1000, search: text.trim() };
  return { qty, search: (match[2] ?? '').trim() };
}
