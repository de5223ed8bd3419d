import { fail, ok, type Result } from '#shared/result.ts';
import { manilaOffsetMs } from '../manila.ts';

/** Which of two numbers comes first in dates like 03/04/2026. */
export type DateOrder = 'dmy' | 'mdy';

type Day = { year: number; month: number; day: number };

const isoDate = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(.*))?$/;
const compactDate = /^(\d{4})(\d{2})(\d{2})(?:[T\s]+(.*))?$/;
const slashDate = /^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:,?[T\s]+(.*))?$/;
const dayFirstName = /^(\d{1,2})[-\s]*(\p{L}{3,})\.?[-,\s]*(\d{4}|\d{2})(?:,?\s+(.*))?$/u;
const monthFirstName = /^(\p{L}{3,})\.?\s*(\d{1,2}),?\s*(\d{4})(?:,?\s+(.*))?$/u;
const clock =
  /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([ap])?\.?(?:m\.?)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?$/i;

/** English and Filipino months by their first three letters. */
const months: Readonly<Record<string, number>> = {
  jan: 1,
  feb: 2,
  mar: 3,
  apr: 4,
  may: 5,
  jun: 6,
  jul: 7,
  aug: 8,
  sep: 9,
  oct: 10,
  nov: 11,
  dec: 12,
  ene: 1,
  peb: 2,
  abr: 4,
  hun: 6,
  hul: 7,
  ago: 8,
  set: 9,
  okt: 10,
  nob: 11,
  dis: 12,
};

/**
 * Reads date and time, or a date alone, into ms UTC: ISO, day and month in `order`, or months by name. Without a zone it is
 * Manila time; without a time it is noon in Manila, so that the day is right everywhere. Fails with the reason in plain words.
 */
export function parseDate(text: string, order: DateOrder): Result<number, string> {
  const trimmed = text.trim();
  const shown = trimmed.length > 40 ? `${trimmed.slice(0, 40)}…` : trimmed;
  if (trimmed === '') return fail('the date is missing');
  const split = splitDate(trimmed, order);
  if (split === null) return fail(`"${shown}" is not a date`);
  const { year, month, day } = split.day;
  const start = Date.UTC(year, month - 1, day);
  const calendar = new Date(start);
  if (calendar.getUTCMonth() !== month - 1 || calendar.getUTCDate() !== day)
    return fail(`"${shown}" is not in the calendar`);
  if (year < 1990 || year > 2100) return fail(`"${shown}" lies outside the years 1990 to 2100`);
  const time = split.time === '' ? { ms: 12 * 3_600_000, offset: manilaOffsetMs } : parseClock(split.time);
  return time === null ? fail(`"${shown}" has no valid time`) : ok(start + time.ms - time.offset);
}

function splitDate(text: string, order: DateOrder): { day: Day; time: string } | null {
  const iso = isoDate.exec(text) ?? compactDate.exec(text);
  if (iso) return { day: { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) }, time: iso[4] ?? '' };
  const slash = slashDate.exec(text);
  if (slash) {
    const [first, second] = [Number(slash[1]), Number(slash[2])];
    const [day, month] = order === 'dmy' ? [first, second] : [second, first];
    return { day: { year: fullYear(slash[3]), month, day }, time: slash[4] ?? '' };
  }
  const dayFirst = dayFirstName.exec(text);
  if (dayFirst) return named(dayFirst[3], dayFirst[2], dayFirst[1], dayFirst[4]);
  const monthFirst = monthFirstName.exec(text);
  return monthFirst && named(monthFirst[3], monthFirst[1], monthFirst[2], monthFirst[4]);
}

function named(year = '', name = '', day = '', time = ''): { day: Day; time: string } | null {
  const month = months[name.slice(0, 3).toLowerCase()];
  return month === undefined ? null : { day: { year: fullYear(year), month, day: Number(day) }, time };
}

function fullYear(text = ''): number {
  return text.length === 2 ? 2000 + Number(text) : Number(text);
}

function parseClock(text: string): { ms: number; offset: number } | null {
  const match = clock.exec(text.trim());
  if (!match) return null;
  const [, hourText, minuteText, secondText = '0', fraction = '', half, zone] = match;
  const [minute, second] = [Number(minuteText), Number(secondText)];
  let hour = Number(hourText);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  if (hour > 23 || minute > 59 || second > 59) return null;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  return { ms: ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds, offset: zoneOffset(zone) };
}

function zoneOffset(zone: string | undefined): number {
  if (zone === undefined) return manilaOffsetMs;
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (!match) return 0;
  const ms = (Number(match[2]) * 60 + Number(match[3] ?? 0)) * 60_000;
  return match[1] === '-' ? -ms : ms;
}

/** Collects, over all dates of a file, what tells the day from the month. */
export function createOrderEvidence(): { add: (text: string) => void; decide: () => DateOrder } {
  let dayFirst = 0;
  let monthFirst = 0;
  return {
    add: (text) => {
      const match = slashDate.exec(text.trim());
      if (!match) return;
      const [first, second] = [Number(match[1]), Number(match[2])];
      if (first > 12 && second <= 12) dayFirst += 1;
      if (second > 12 && first <= 12) monthFirst += 1;
    },
    // where no date of the file tells, the month comes first: the habit in the Philippines
    decide: () => (dayFirst > monthFirst ? 'dmy' : 'mdy'),
  };
}
