import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOrderEvidence, parseDate } from './dates.ts';
import { parseMoney, parseQuantity } from './decimal.ts';
import { normalName, parsePayment, suggestMapping } from './words.ts';

const money = (text: string) => {
  const parsed = parseMoney(text);
  return parsed.ok ? parsed.value : parsed.error;
};
const quantity = (text: string) => {
  const parsed = parseQuantity(text);
  return parsed.ok ? parsed.value : parsed.error;
};

describe('money', () => {
  it.each([
    ['12', 1200],
    ['12.5', 1250],
    ['12,50', 1250],
    ['1,234.50', 123_450],
    ['1,234', 123_400],
    ['1.234,50', 123_450],
    ['1.234.567', 123_456_700],
    ['1,234,567.89', 123_456_789],
    ['₱ 12.00', 1200],
    ['₱12', 1200],
    ['PHP 1,000.00', 100_000],
    ['P15.25', 1525],
    ['15.25 PHP', 1525],
    ['1 234,50', 123_450],
    ['.50', 50],
    ['0,5', 50],
    ['12.500', 1250],
    ['-3.10', -310],
    ['(3.10)', -310],
    ['0.1', 10],
    ['1.005', '"1.005" has more than 2 decimals'],
    ['', 'an amount is missing'],
    ['abc', '"abc" is not an amount'],
    ['1,23,4', '"1,23,4" is not an amount'],
    ['1.2.3', '"1.2.3" is not an amount'],
    ['12,34.56', '"12,34.56" is not an amount'],
    ['1e5', '"1e5" is not an amount'],
    ['99999999999999', '"99999999999999" is too large'],
    ['.', '"." is not an amount'],
  ])('reads %j', (text, expected) => {
    expect(money(text)).toBe(expected);
  });

  it('reads back every amount in every way of writing it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 11 }), (centavos) => {
        const whole = String(Math.floor(centavos / 100));
        const cents = String(centavos % 100).padStart(2, '0');
        const grouped = (sign: string) => whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, sign);
        const ways = [`${whole}.${cents}`, `${whole},${cents}`, `${grouped(',')}.${cents}`, `${grouped('.')},${cents}`];
        for (const way of [...ways, `₱ ${grouped(',')}.${cents}`, `${grouped(' ')}.${cents}`]) {
          expect(money(way)).toBe(centavos);
        }
      }),
    );
  });
});

describe('quantity', () => {
  it.each([
    ['2', 2000],
    ['0.25', 250],
    ['1,5', 1500],
    ['0,250', 250],
    ['1,500', 1_500_000],
    ['3 pcs', 3000],
    ['2x', 2000],
    ['1.5 kg', 1500],
    ['0.0001', '"0.0001" has more than 3 decimals'],
    ['two', '"two" is not a quantity'],
  ])('reads %j', (text, expected) => {
    expect(quantity(text)).toBe(expected);
  });
});

describe('dates', () => {
  const iso = (text: string, order: 'dmy' | 'mdy' = 'mdy') => {
    const parsed = parseDate(text, order);
    return parsed.ok ? new Date(parsed.value).toISOString() : parsed.error;
  };

  it.each([
    ['2026-03-04T06:30:00Z', '2026-03-04T06:30:00.000Z'],
    ['2026-03-04 06:30', '2026-03-03T22:30:00.000Z'],
    ['2026-03-04T06:30:15.250+02:00', '2026-03-04T04:30:15.250Z'],
    ['2026-03-04', '2026-03-04T04:00:00.000Z'],
    ['20260304', '2026-03-04T04:00:00.000Z'],
    ['03/04/2026', '2026-03-04T04:00:00.000Z'],
    ['3/4/26 6:05 PM', '2026-03-04T10:05:00.000Z'],
    ['03-04-2026 12:00 am', '2026-03-03T16:00:00.000Z'],
    ['4 Mar 2026', '2026-03-04T04:00:00.000Z'],
    ['March 4, 2026 18:00', '2026-03-04T10:00:00.000Z'],
    ['4 Hunyo 2026', '2026-06-04T04:00:00.000Z'],
    ['02/30/2026', '"02/30/2026" is not in the calendar'],
    ['13/04/2026', '"13/04/2026" is not in the calendar'],
    ['2026-03-04 25:00', '"2026-03-04 25:00" has no valid time'],
    ['1970-01-01', '"1970-01-01" lies outside the years 1990 to 2100'],
    ['yesterday', '"yesterday" is not a date'],
    ['', 'the date is missing'],
  ])('reads %j', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it('takes the day first where the file says so', () => {
    expect(iso('03/04/2026', 'dmy')).toBe('2026-04-03T04:00:00.000Z');
    const evidence = createOrderEvidence();
    for (const text of ['03/04/2026', '25/04/2026 10:00', '2026-01-01']) evidence.add(text);
    expect(evidence.decide()).toBe('dmy');
    expect(createOrderEvidence().decide()).toBe('mdy');
  });
});

describe('words', () => {
  it('finds columns in English and Filipino', () => {
    expect(suggestMapping(['Petsa', 'Oras', 'Resibo', 'Paninda', 'Dami', 'Presyo', 'Kabuuan', 'Bayad'])).toEqual({
      date: 'Petsa',
      time: 'Oras',
      receipt: 'Resibo',
      product: 'Paninda',
      quantity: 'Dami',
      unitPrice: 'Presyo',
      lineTotal: 'Kabuuan',
      payment: 'Bayad',
    });
    expect(suggestMapping(['Receipt_No.', 'Sale Date', 'Item name', 'QTY', 'Unit price (PHP)'])).toEqual({
      receipt: 'Receipt_No.',
      date: 'Sale Date',
      product: 'Item name',
      quantity: 'QTY',
      unitPrice: 'Unit price (PHP)',
    });
    expect(suggestMapping(['whole milk', 'butter'])).toEqual({});
  });

  it('reads payments and compares names', () => {
    expect(['Utang', 'LISTA', 'GCash', 'PayMaya', '', 'credit card', 'Cash'].map(parsePayment)).toEqual([
      'credit',
      'credit',
      'gcash',
      'maya',
      'cash',
      'other',
      'cash',
    ]);
    expect(normalName('  Crème  CHEESE ')).toBe('creme cheese');
  });
});
