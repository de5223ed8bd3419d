import { formatFullTime, formatShortTime, formatTime } from './format.ts';

/** A time in Manila; the whole date stands in its tooltip. In rows the day alone stands for other days. */
export function Time({ at, now, long = false }: { at: number; now: number; long?: boolean }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={formatFullTime(at)} className="num">
      {long ? formatTime(at, now) : formatShortTime(at, now)}
    </time>
  );
}
