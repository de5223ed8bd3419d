/** Share of a day's sales in each hour of the day, as small shops in the Philippines sell: a morning and a late-afternoon peak, closed at night. */
const hours = [0, 0, 0, 0, 0, 2, 6, 9, 8, 6, 5, 6, 7, 5, 4, 5, 7, 9, 8, 6, 4, 2, 1, 0];

const total = hours.reduce((sum, share) => sum + share, 0);

/** Sales of one PC in a day. */
const salesInDay = 300;

/** Sales a second of one PC at a moment of the day, 0 to 1. */
export function salesPerSecond(moment: number): number {
  const hour = hours[Math.min(23, Math.floor(moment * 24))] ?? 0;
  return (salesInDay * hour) / total / 3600;
}

/** Most sales a second that one PC makes at any hour. */
export const busiest = (salesInDay * Math.max(...hours)) / total / 3600;
