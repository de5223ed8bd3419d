/** How long a pause may last, as a person chooses it. */
export const pauseLengths = ['hour', 'morning', 'resumed'] as const;
export type PauseLength = (typeof pauseLengths)[number];

const hour = 3_600_000;
const day = 24 * hour;
/** Asia/Manila, without daylight saving. */
const manila = 8 * hour;
/** Shops open about then, Manila time. */
const morning = 6 * hour;

/** When a pause that begins now ends, in ms UTC: in an hour, at the next six o'clock in the morning in Manila, or when somebody ends it (null). */
export function endOfPause(length: PauseLength, now: number): number | null {
  if (length === 'resumed') return null;
  if (length === 'hour') return now + hour;
  const local = now + manila;
  const six = Math.floor(local / day) * day + morning;
  return (six > local ? six : six + day) - manila;
}
