/** How a day stands against the days before it; null where there is nothing to compare. */
export type VitalityDay = {
  /** Centavos. */
  readonly revenue: number;
  readonly sales: number;
  /** Different products sold. */
  readonly breadth: number;
  readonly offered: number;
  readonly accepted: number;
  /** Sales in which somebody paid attention: something was suggested, the customer was known by name, or the customer asked by speaking. */
  readonly engaged: number;
};

export type Vitality = {
  /** 100 is a day like the mean of the 28 before it, with every suggestion accepted and every customer attended to. */
  readonly score: number | null;
  readonly revenue: number | null;
  readonly sales: number | null;
  readonly breadth: number | null;
  readonly acceptance: number | null;
  readonly engagement: number | null;
};

const weights = { revenue: 0.3, sales: 0.2, breadth: 0.2, acceptance: 0.2, engagement: 0.1 } as const;

/**
 * Store vitality: 0.3 revenue + 0.2 sales + 0.2 breadth of products (each against its mean over the earlier days on which the store was open) + 0.2
 * share of suggestions accepted + 0.1 share of sales with engagement. Parts that cannot be known are left out, and the others weigh more.
 */
export function vitalityOf(today: VitalityDay, earlier: readonly VitalityDay[]): Vitality {
  const open = earlier.filter(({ sales }) => sales > 0);
  const against = (pick: (day: VitalityDay) => number): number | null => {
    const sum = open.reduce((total, day) => total + pick(day), 0);
    return sum === 0 ? null : (pick(today) * open.length) / sum;
  };
  const parts = {
    revenue: against(({ revenue }) => revenue),
    sales: against(({ sales }) => sales),
    breadth: against(({ breadth }) => breadth),
    acceptance: today.offered === 0 ? null : today.accepted / today.offered,
    engagement: today.sales === 0 ? null : today.engaged / today.sales,
  };
  let score = 0;
  let weight = 0;
  for (const [name, part] of Object.entries(parts) as [keyof typeof weights, number | null][]) {
    if (part === null) continue;
    score += weights[name] * part;
    weight += weights[name];
  }
  const shown = (value: number | null): number | null => value && Math.round(value * 1000) / 1000;
  const known = parts.revenue !== null && weight > 0;
  return {
    score: known ? Math.round((1000 * score) / weight) / 10 : null,
    revenue: shown(parts.revenue),
    sales: shown(parts.sales),
    breadth: shown(parts.breadth),
    acceptance: shown(parts.acceptance),
    engagement: shown(parts.engagement),
  };
}
