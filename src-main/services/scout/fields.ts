import { z } from 'zod';
import { fail, ok, type Result } from '#shared/result.ts';
import { dayMs, manilaDayStart, manilaOffsetMs } from '#main/shop/manila.ts';
import { toolError, type ToolError } from '../base/tool-error.ts';
import { lastDays, manilaTime, type Span } from './periods.ts';

export const centavos = z.int();
/** Units with up to three decimals. */
export const units = z.number();
export const productField = z.object({ id: z.string(), name: z.string() });

/** Thousandths of a unit as units. */
export function inUnits(thousandths: number): number {
  return thousandths / 1000;
}

/** A share as percent with one decimal. */
export function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}

/** By how many percent one is more than the other; null when there was nothing before. */
export function changePercent(now: number, before: number): number | null {
  return before === 0 ? null : percent((now - before) / before);
}

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** Arguments for a span of Manila days. */
export const spanArguments = {
  from: day.optional().describe('First Manila day, YYYY-MM-DD. Default: as many days back as `days` says.'),
  to: day.optional().describe('Last Manila day, YYYY-MM-DD. Default: today.'),
  days: z.int().min(1).max(1096).default(28).describe('Days up to `to`, where `from` is left out.'),
};

/** The span that arguments ask for. Fails with `bad-input` for a day that does not exist, or an end before the beginning. */
export function spanOf(
  args: { from?: string | undefined; to?: string | undefined; days: number },
  now: number,
): Result<Span, ToolError> {
  const [from, to] = [args.from, args.to].map((text) => (text === undefined ? undefined : dayStart(text)));
  if (from === null || to === null)
    return fail(toolError('bad-input', `There is no such day: ${[args.from, args.to].filter(Boolean).join(', ')}.`));
  const until = to === undefined ? now + 1 : to + dayMs;
  const since = from ?? (to === undefined ? lastDays(args.days, now).since : until - args.days * dayMs);
  if (since >= until) return fail(toolError('bad-input', 'The first day is after the last one.'));
  if (until - since > 1098 * dayMs)
    return fail(toolError('too-large', 'Three years at most can be looked at in one call.'));
  return ok({ since, until });
}

/** Start of a Manila day in ms UTC; null when the calendar has no such day. */
function dayStart(text: string): number | null {
  const at = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text) return null;
  return manilaDayStart(at - manilaOffsetMs);
}

export const spanFields = { from: z.string(), until: z.string() };

/** A span as two moments of Manila. */
export function shownSpan({ since, until }: Span): { from: string; until: string } {
  return { from: manilaTime(since), until: manilaTime(until) };
}
