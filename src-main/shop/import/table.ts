import type { ImportMapping } from '#shared/contract/schemas.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { lineTotal } from '../money.ts';
import { type DateOrder, parseDate } from './dates.ts';
import { parseMoney, parseQuantity } from './decimal.ts';
import { type ImportedLine, longestName } from './imported-sale.ts';
import { parsePayment } from './words.ts';

/** Which cell of a record holds what. */
export type Columns = Readonly<Partial<Record<keyof ImportMapping, number>>> & {
  readonly date: number;
  readonly product: number;
};

/** Finds the mapped columns in a header; fails with the name of what is not there. */
export function findColumns(header: readonly string[], mapping: Partial<ImportMapping>): Result<Columns, string> {
  const found: Partial<Record<keyof ImportMapping, number>> = {};
  for (const [role, name] of Object.entries(mapping) as [keyof ImportMapping, string | undefined][]) {
    if (name === undefined) continue;
    const index = header.indexOf(name.trim());
    if (index < 0) return fail(`${role}: the file has no column "${name}"`);
    found[role] = index;
  }
  const { date, product } = found;
  if (date === undefined) return fail('date');
  if (product === undefined) return fail('product');
  return ok({ ...found, date, product });
}

/** A line of a table, understood. */
export type TableLine = ImportedLine & {
  readonly at: number;
  readonly payment: string | null;
  readonly receipt: string | null;
};

/** The text of a record's date with its time. */
export function dateText(cells: readonly string[], columns: Columns): string {
  const time = columns.time === undefined ? '' : (cells[columns.time] ?? '').trim();
  return `${(cells[columns.date] ?? '').trim()} ${time}`.trim();
}

export function receiptText(cells: readonly string[], columns: Columns): string | null {
  const text = columns.receipt === undefined ? '' : (cells[columns.receipt] ?? '').trim();
  return text === '' ? null : text;
}

/** Reads one record of a table. Fails with the reason in plain words. */
export function readLine(
  cells: readonly string[],
  columns: Columns,
  width: number,
  order: DateOrder,
): Result<TableLine, string> {
  if (cells.slice(width).some((cell) => cell.trim() !== ''))
    return fail(`there are more cells than the ${width} columns`);
  const at = parseDate(dateText(cells, columns), order);
  if (!at.ok) return at;
  const product = (cells[columns.product] ?? '').trim().replaceAll(/\s+/g, ' ');
  if (product === '') return fail('the product is missing');
  if (product.length > longestName) return fail(`the product is longer than ${longestName} letters`);
  const amounts = readAmounts(cells, columns);
  if (!amounts.ok) return amounts;
  const paid = columns.payment === undefined ? '' : (cells[columns.payment] ?? '').trim();
  const payment = paid === '' ? null : parsePayment(paid);
  return ok({ at: at.value, product, ...amounts.value, payment, receipt: receiptText(cells, columns) });
}

type Amounts = Pick<ImportedLine, 'qty' | 'unitPrice' | 'lineTotal'>;

function readAmounts(cells: readonly string[], columns: Columns): Result<Amounts, string> {
  const text = (column: number | undefined) => (column === undefined ? '' : (cells[column] ?? '').trim());
  const qty = text(columns.quantity) === '' ? ok(1000) : parseQuantity(text(columns.quantity));
  if (!qty.ok) return qty;
  if (qty.value <= 0) return fail('the quantity is not above zero');
  const money = (column: number | undefined) => (text(column) === '' ? ok(null) : parseMoney(text(column)));
  const unitPrice = money(columns.unitPrice);
  if (!unitPrice.ok) return unitPrice;
  const total = money(columns.lineTotal);
  if (!total.ok) return total;
  if ((unitPrice.value ?? 0) < 0 || (total.value ?? 0) < 0)
    return fail('a return or negative amount cannot be imported');
  const mapped = columns.unitPrice !== undefined || columns.lineTotal !== undefined;
  if (mapped && unitPrice.value === null && total.value === null) return fail('an amount is missing');
  if (unitPrice.value !== null && lineTotal(qty.value, unitPrice.value) > largestLine)
    return fail('the amount is too large');
  return ok({ qty: qty.value, unitPrice: unitPrice.value, lineTotal: total.value });
}

/** Ten billion pesos in centavos. */
const largestLine = 1e12;
