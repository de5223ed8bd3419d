import { describe, expect, it } from 'vitest';
import {
  amountText,
  formatAgo,
  formatBytes,
  formatMoney,
  formatMs,
  formatPercent,
  formatQty,
  formatSecond,
  formatShortTime,
  formatSpan,
  formatTime,
  formatWeekday,
  parseMoney,
  parseQty,
} from './format.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const manila = (text: string): number => Date.parse(`${text}+08:00`);

describe('money', () => {
  it('writes centavos with separators and both digits', () => {
    expect(plain(formatMoney(123_450))).toBe('₱ 1,234.50');
    expect(plain(formatMoney(5))).toBe('₱ 0.05');
    expect(plain(formatMoney(-2000))).toBe('−₱ 20.00');
  });

  it('reads what people write', () => {
    expect(parseMoney('8.5')).toBe(850);
    expect(parseMoney('₱ 1,234.50')).toBe(123_450);
    expect(parseMoney('.5')).toBe(50);
    expect(parseMoney('-20')).toBe(-2000);
    expect(parseMoney('0.29')).toBe(29);
  });

  it('refuses what is no amount instead of guessing', () => {
    const texts = ['', '.', '-', 'abc', '1.234', '1,23', '8.5.0', '1e3', '99999999999999999'];
    expect(texts.filter((text) => parseMoney(text) !== null)).toEqual([]);
  });

  it('reads back what it writes into a field', () => {
    for (const centavos of [0, 1, 99, 100, 123_456_789, -350]) expect(parseMoney(amountText(centavos))).toBe(centavos);
  });
});

describe('quantities', () => {
  it('writes thousandths without needless digits', () => {
    expect(formatQty(2000)).toBe('2');
    expect(formatQty(500)).toBe('0.5');
    expect(formatQty(-2000)).toBe('−2');
  });

  it('reads pieces and parts, and refuses the rest', () => {
    expect(parseQty('2')).toBe(2000);
    expect(parseQty('0.25')).toBe(250);
    expect(parseQty('−3')).toBe(-3000);
    expect(parseQty('+1')).toBe(1000);
    expect(['', '.', 'two', '1.2345', '1,5'].filter((text) => parseQty(text) !== null)).toEqual([]);
  });
});

describe('times', () => {
  const now = manila('2026-11-23T10:42:00');

  it('are Manila times, whatever the PC is set to', () => {
    expect(formatTime(Date.parse('2026-11-22T22:30:00Z'), now)).toBe('06:30');
  });

  it('carry the day when it is another one in Manila', () => {
    expect(formatTime(manila('2026-11-22T23:59:00'), now)).toBe('22 Nov, 23:59');
    expect(formatTime(manila('2026-11-23T00:01:00'), now)).toBe('00:01');
    expect(formatShortTime(manila('2026-11-22T23:59:00'), now)).toBe('22 Nov');
    expect(formatShortTime(manila('2026-11-23T00:01:00'), now)).toBe('00:01');
  });

  it('can be told to the second', () => {
    expect(formatSecond(manila('2026-11-23T10:41:07'), now)).toBe('10:41:07');
    expect(formatSecond(manila('2026-11-22T10:41:07'), now)).toBe('22 Nov, 10:41');
  });

  it('name the weekday of Manila', () => {
    expect(formatWeekday(Date.parse('2026-11-22T20:00:00Z'))).toBe('Monday');
  });

  it('say how long ago and how long', () => {
    expect(formatAgo(now - 18 * 60_000, now)).toBe('18 minutes ago');
    expect(formatAgo(now - 60_000, now)).toBe('1 minute ago');
    expect(formatSpan(40_000)).toBe('40 seconds');
    expect(formatSpan(72 * 3_600_000)).toBe('3 days');
    expect(formatSpan(26 * 3_600_000)).toBe('26 hours');
  });

  it('never point into the future when a clock runs behind', () => {
    expect(formatAgo(now + 5000, now)).not.toMatch(/^in /);
    expect(formatSpan(-5000)).toBe('0 seconds');
  });
});

it('writes sizes and shares', () => {
  expect(plain(formatBytes(0))).toBe('0 B');
  expect(plain(formatBytes(61_200))).toBe('61 KB');
  expect(plain(formatBytes(1_530_000))).toBe('1.5 MB');
  expect(formatPercent(0.062)).toBe('6.2%');
});

it('writes short times with the digits that matter', () => {
  expect([0.04, 0.84, 9.96, 24.4, 999.6, 1540, 61_000].map((ms) => plain(formatMs(ms)))).toEqual([
    '0 ms',
    '0.8 ms',
    '10 ms',
    '24 ms',
    '1 s',
    '1.5 s',
    '61 s',
  ]);
});
