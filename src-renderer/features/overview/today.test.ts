import { expect, it } from 'vitest';
import { hoursText, openHours, todayText } from './today.ts';

const now = Date.parse('2026-11-22T10:00:00+08:00');
const hours = (sold: Record<number, number>) => Array.from({ length: 24 }, (_, hour) => sold[hour] ?? 0);

it('compares with the same weekday, in words', () => {
  const today = { revenue: 1062, sales: 143, hours: [] };
  expect(todayText({ ...today, lastWeek: 1000 }, now)).toBe('143 sales · 6.2% more than last Sunday');
  expect(todayText({ ...today, lastWeek: 2000 }, now)).toBe('143 sales · 46.9% less than last Sunday');
  expect(todayText({ ...today, lastWeek: 1062 }, now)).toBe('143 sales · as much as last Sunday');
  expect(todayText({ ...today, lastWeek: null }, now)).toBe('143 sales');
  expect(todayText({ ...today, sales: 1, lastWeek: 0 }, now)).toBe('1 sale');
});

it('draws the opening hours, wider where something was sold outside of them', () => {
  expect(openHours(hours({}))).toEqual({ from: 6, to: 22 });
  expect(openHours(hours({ 9: 100 }))).toEqual({ from: 6, to: 22 });
  expect(openHours(hours({ 4: 100, 23: 5 }))).toEqual({ from: 4, to: 23 });
});

it('says the chart in words', () => {
  expect(hoursText(hours({}))).toBe('No revenue yet today');
  expect(hoursText(hours({ 8: 11_600 })).replaceAll('\u00a0', ' ')).toBe(
    'Revenue by hour, highest at 08:00 with ₱ 116.00',
  );
});
