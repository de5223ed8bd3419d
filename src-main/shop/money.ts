/**
 * The price of a line in centavos: quantity in thousandths times unit price in centavos, rounded half up to the centavo.
 * Both are integers of zero or more; exact for every result below 2^53. Throws when the result would not be exact.
 */
export function lineTotal(qty: number, unitPrice: number): number {
  const product = qty * unitPrice;
  if (Number.isSafeInteger(product) && product >= 0) {
    const whole = Math.floor(product / 1000);
    return product - whole * 1000 >= 500 ? whole + 1 : whole;
  }
  const exact = (BigInt(qty) * BigInt(unitPrice) + 500n) / 1000n;
  if (exact > BigInt(Number.MAX_SAFE_INTEGER) || exact < 0n) throw new RangeError('A line total is out of range.');
  return Number(exact);
}

/** The unit price in centavos behind a line total, rounded half up; `qty` is in thousandths and above zero. */
export function unitPriceOf(total: number, qty: number): number {
  return Number((BigInt(total) * 2000n + BigInt(qty)) / (2n * BigInt(qty)));
}
