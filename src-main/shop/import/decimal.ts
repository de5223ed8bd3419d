import { fail, ok, type Result } from '#shared/result.ts';

/**
 * Reads an amount of money as people write it into integer centavos, exactly: "1,234.50", "₱ 12.00", "PHP12", "12,50", "1.234,50", "(5.00)".
 * A comma before exactly three digits separates thousands, as is the habit in the Philippines. Fails with the reason in plain words.
 */
export function parseMoney(text: string): Result<number, string> {
  const bare = text
    .trim()
    .replace(/^\((.*)\)$/, '-$1')
    .replace(/^(-?)\s*(?:₱|\u20b1|php|p)\.?\s*(-?)/i, '$1$2')
    .replace(/\s*(?:₱|php|pesos?)$/i, '');
  return parseScaled(bare, 2, 'an amount');
}

/**
 * Reads a quantity into integer thousandths, exactly: "2", "0.25", "1,5", "3 pcs". Fails with the reason in plain words.
 */
export function parseQuantity(text: string): Result<number, string> {
  const bare = text.trim().replace(/\s*(?:x|pcs?\.?|pieces?|packs?|bags?|bottles?|sticks?|sachets?|kgs?|kilos?)$/i, '');
  return parseScaled(bare, 3, 'a quantity');
}

function parseScaled(text: string, digits: number, what: string): Result<number, string> {
  const shown = text.length > 30 ? `${text.slice(0, 30)}…` : text;
  const number = splitNumber(text.replaceAll(/[\s\u00a0\u202f'’](?=\d)/g, ''));
  if (number === null) return fail(text === '' ? `${what} is missing` : `"${shown}" is not ${what}`);
  const fraction = number.fraction.replace(/0+$/, '');
  if (fraction.length > digits) return fail(`"${shown}" has more than ${digits} decimals`);
  const scaled = Number(`${number.whole}${fraction.padEnd(digits, '0')}`);
  if (scaled > 1e12) return fail(`"${shown}" is too large`);
  return ok(number.negative && scaled > 0 ? -scaled : scaled);
}

type Split = { negative: boolean; whole: string; fraction: string };

/** Finds out which sign is the decimal one. The digits stay text, so that no binary fraction ever appears. */
function splitNumber(text: string): Split | null {
  const match = /^([+-]?)([\d.,]*\d[\d.,]*)$/.exec(text);
  if (!match) return null;
  const [, sign = '', body = ''] = match;
  const parts = splitBody(body);
  return parts && { negative: sign === '-', whole: parts[0] || '0', fraction: parts[1] };
}

function splitBody(body: string): [whole: string, fraction: string] | null {
  const dot = body.lastIndexOf('.');
  const comma = body.lastIndexOf(',');
  if (dot >= 0 && comma >= 0) {
    const [thousands, at] = dot > comma ? [',', dot] : ['.', comma];
    const whole = ungroup(body.slice(0, at), thousands);
    const fraction = body.slice(at + 1);
    return whole !== null && /^\d*$/.test(fraction) ? [whole, fraction] : null;
  }
  if (comma >= 0) {
    const whole = ungroup(body, ',');
    if (whole !== null) return [whole, ''];
    return /^\d*,\d*$/.test(body) ? [body.slice(0, comma), body.slice(comma + 1)] : null;
  }
  if (/^\d*\.?\d*$/.test(body)) return dot < 0 ? [body, ''] : [body.slice(0, dot), body.slice(dot + 1)];
  const whole = ungroup(body, '.');
  return whole === null ? null : [whole, ''];
}

/** Digits in groups of three, put together; null when they are not grouped so. */
function ungroup(text: string, separator: string): string | null {
  const groups = text.split(separator);
  const [first = '', ...rest] = groups;
  if (!/^[1-9]\d{0,2}$/.test(first) || rest.length === 0) return /^\d+$/.test(text) ? text : null;
  return rest.every((group) => /^\d{3}$/.test(group)) ? groups.join('') : null;
}
