/** A line as the file has it. Quantity in thousandths, money in centavos; null where the catalogue's price is to be taken. */
export type ImportedLine = {
  readonly product: string;
  readonly qty: number;
  readonly unitPrice: number | null;
  readonly lineTotal: number | null;
};

/** A whole sale of a file. Its id follows from the content, so that the same sale is the same row on every PC and every time. */
export type ImportedSale = {
  readonly id: string;
  readonly number: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly payment: string;
  readonly lines: readonly ImportedLine[];
};

/** A line that could not be taken, with the reason in plain words. */
export type BadLine = { readonly line: number; readonly reason: string; readonly text: string };

/** What reading goes through in the order of the file: whole sales, bad lines, and how far it has come. */
export type Found =
  | { readonly kind: 'sale'; readonly sale: ImportedSale; readonly bytes: number }
  | { readonly kind: 'bad'; readonly bad: BadLine; readonly bytes: number };

/** The longest name that a product may have. */
export const longestName = 120;

/** The start of a line, to recognise it by. */
export function shownText(cells: readonly string[]): string {
  const text = cells.join(', ').replaceAll(/\s+/g, ' ').trim();
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
