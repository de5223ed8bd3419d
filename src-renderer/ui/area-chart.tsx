import css from './area-chart.module.css';
import type { Tone } from './tone.ts';

type Series = { tone: Tone; values: readonly number[]; dashed?: boolean };
type AreaChartProps = { label: string; series: readonly Series[]; ticks: readonly string[]; height: number };

/** A small area chart with a fixed height. `label` says in words what it shows; ticks stand below, evenly spread. */
export function AreaChart({ label, series, ticks, height }: AreaChartProps) {
  const top = Math.max(1, ...series.flatMap((one) => one.values));
  return (
    <figure className={css['chart']} role="img" aria-label={label}>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" height={height} aria-hidden>
        {series.map((one) => {
          const line = points(one.values, top);
          return (
            <g key={one.tone} data-tone={one.tone}>
              {one.dashed === true ? null : <polygon className={css['area']} points={`0,100 ${line} 100,100`} />}
              <polyline className={css['line']} points={line} data-dashed={one.dashed} />
            </g>
          );
        })}
      </svg>
      <div className={css['ticks']} aria-hidden>
        {ticks.map((tick) => (
          <span key={tick}>{tick}</span>
        ))}
      </div>
    </figure>
  );
}

/** Points of a line in a box of 100 by 100, the highest value four below the top so that the stroke is not cut. */
export function points(values: readonly number[], top: number): string {
  const last = Math.max(1, values.length - 1);
  return values.map((value, index) => `${round((index / last) * 100)},${round(98 - (value / top) * 94)}`).join(' ');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
