/** How money, quantities, times and sizes look on the screen. Money is ₱, times are Asia/Manila, whatever the PC is set to. */
const locale = 'en-PH';
const zone = 'Asia/Manila';

const pesos = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const quantity = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
const whole = new Intl.NumberFormat(locale);
const percentage = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
const clockWithSeconds = new Intl.DateTimeFormat('en-GB', {
  timeZone: zone,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  timeZone: zone,
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const dayOnly = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' });
const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
const fullTime = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'full', timeStyle: 'medium' });
const weekday = new Intl.DateTimeFormat('en', { timeZone: zone, weekday: 'long' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** Centavos as `₱ 1,234.50`; a loss as `−₱ 20.00`. */
export function formatMoney(centavos: number): string {
  const text = `₱\u00a0${pesos.format(Math.abs(centavos) / 100)}`;
  return centavos < 0 ? `−${text}` : text;
}

/** Centavos as a person would write them into a field, `1,234.50`: what `parseMoney` reads. */
export function amountText(centavos: number): string {
  return `${centavos < 0 ? '-' : ''}${pesos.format(Math.abs(centavos) / 100)}`;
}

/** Thousandths as `2` or `0.5`. */
export function formatQty(thousandths: number): string {
  return thousandths < 0 ? `−${quantity.format(-thousandths / 1000)}` : quantity.format(thousandths / 1000);
}

/** A whole number with separators. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** 0.062 as `6.2%`. */
export function formatPercent(share: number): string {
  return percentage.format(share);
}

/** Bytes as `61 KB`: powers of 1000, one digit after the point below ten. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: unit > 0 && value < 10 ? 1 : 0 }).format(value)}\u00a0${units[unit]}`;
}

/** Milliseconds as `0.8 ms`, `24 ms` or `1.5 s`: two digits that matter. */
export function formatMs(ms: number): string {
  const [value, unit] = ms < 999.5 ? [ms, 'ms'] : [ms / 1000, 's'];
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: value < 9.95 ? 1 : 0 }).format(value)}\u00a0${unit}`;
}

/** Manila time of the day, `10:42`; with the day in front when it is not the day of `now`. */
export function formatTime(at: number, now: number): string {
  return day.format(at) === day.format(now) ? clock.format(at) : dayAndClock.format(at);
}

/** Manila time to the second, `10:42:07`, for what comes many times a minute; on other days the day and the minute. */
export function formatSecond(at: number, now: number): string {
  return day.format(at) === day.format(now) ? clockWithSeconds.format(at) : dayAndClock.format(at);
}

/** Where there is little room: the time of today, only the day of any other, `22 Nov`. */
export function formatShortTime(at: number, now: number): string {
  return day.format(at) === day.format(now) ? clock.format(at) : dayOnly.format(at);
}

/** The whole date and time in Manila, for a tooltip. */
export function formatFullTime(at: number): string {
  return fullTime.format(at);
}

/** Name of the weekday in Manila. */
export function formatWeekday(at: number): string {
  return weekday.format(at);
}

type Span = { value: number; unit: 'second' | 'minute' | 'hour' | 'day' };

function span(ms: number): Span {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return { value: seconds, unit: 'second' };
  if (seconds < 3600) return { value: Math.floor(seconds / 60), unit: 'minute' };
  if (seconds < 172_800) return { value: Math.floor(seconds / 3600), unit: 'hour' };
  return { value: Math.floor(seconds / 86_400), unit: 'day' };
}

/** A length of time in one unit, `40 seconds`, `18 minutes`. Below zero counts as zero. */
export function formatSpan(ms: number): string {
  const { value, unit } = span(ms);
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** How long ago, `18 minutes ago`; a clock that runs behind says `0 seconds ago`, never a time to come. */
export function formatAgo(at: number, now: number): string {
  const { value, unit } = span(now - at);
  return relative.format(-value, unit);
}

/** Reads pesos as written by a person (`8.5`, `1,234.50`, `₱ 20`) into centavos; null when it is not an amount. */
export function parseMoney(text: string): number | null {
  const plain = text.replaceAll(/[₱\s\u00a0]/g, '');
  if (!/^-?(\d{1,3}(,\d{3})+|\d+)?(\.\d{1,2})?$/.test(plain) || !/\d/.test(plain)) return null;
  const negative = plain.startsWith('-');
  const [units = '', cents = ''] = plain.replace('-', '').replaceAll(',', '').split('.');
  const centavos = Number(units) * 100 + Number(cents.padEnd(2, '0'));
  if (!Number.isSafeInteger(centavos)) return null;
  return negative && centavos !== 0 ? -centavos : centavos;
}

/** Reads a quantity as written by a person (`2`, `0.5`, `-3`) into thousandths; null when it is not one. */
export function parseQty(text: string): number | null {
  const plain = text.trim().replace('−', '-');
  if (!/^[-+]?\d*(\.\d{1,3})?$/.test(plain) || !/\d/.test(plain)) return null;
  const negative = plain.startsWith('-');
  const [units = '', parts = ''] = plain.replace(/^[-+]/, '').split('.');
  const thousandths = Number(units) * 1000 + Number(parts.padEnd(3, '0'));
  if (!Number.isSafeInteger(thousandths)) return null;
  return negative && thousandths !== 0 ? -thousandths : thousandths;
}
