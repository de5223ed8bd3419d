/* The calendar of the runtime, to check ours by. */
const calendar = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Manila',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  hourCycle: 'h23',
});
const read = new Map<number, { day: string; hour: number }>();
/** The day and hour that a clock in Manila shows. */
export function manila(at: number): { day: string; hour: number } {
  const found = read.get(at) ?? readManila(at);
  read.set(at, found);
  return found;
}
function readManila(at: number): { day: string; hour: number } {
  const parts = Object.fromEntries(calendar.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: `${parts['year']}-${parts['month']}-${parts['day']}`, hour: Number(parts['hour']) };
}
/** The day so many days before another. */
export function ago(day: string, days: number): string {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() - days);
  return date.toISOString().slice(0, 10);
}
