import { formatFullTime, formatTime } from './format.ts';

/** A time of the day in Manila; the whole date stands in its tooltip. */
export function Time({ at, now }: { at: number; now: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={formatFullTime(at)} className="num">
      {formatTime(at, now)}
    </time>
  );
}
