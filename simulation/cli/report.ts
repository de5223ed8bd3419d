/** What a whole run of the simulation says at its end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeedResult, SeedViolation } from '../tiers/types.ts';

export type Report = {
  readonly tier: string;
  readonly seeds: { readonly from: number; readonly to: number; readonly run: number };
  readonly seconds: number;
  readonly violations: readonly (Omit<SeedViolation, 'trace'> & { readonly seed: number; readonly command: string })[];
  /** How often each promise was checked. */
  readonly checks: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
};

export function createReport(tier: string, from: number, to: number) {
  const began = performance.now();
  const checks: Record<string, number> = {};
  const figures: Record<string, number> = {};
  const violations: Report['violations'][number][] = [];
  let run = 0;
  return {
    add(result: SeedResult): void {
      run += 1;
      for (const [name, n] of Object.entries(result.checks)) checks[name] = (checks[name] ?? 0) + n;
      for (const [name, n] of Object.entries(result.figures)) figures[name] = (figures[name] ?? 0) + n;
      const { violation, seed } = result;
      if (!violation) return;
      const { trace: _inTheFile, ...told } = violation;
      violations.push({ ...told, seed, command: commandFor(tier, seed) });
    },
    end: (): Report => ({
      tier,
      seeds: { from, to, run },
      seconds: Math.round((performance.now() - began) / 100) / 10,
      violations,
      checks,
      figures,
    }),
  };
}

export function commandFor(tier: string, seed: number): string {
  return `npm run simulate -- --seeds ${seed}..${seed}${tier === 'deterministic' ? '' : ` --tier ${tier}`}`;
}

/** A violation as people read it; the shortened steps go to a file that `--story` plays again. */
export function tellViolation(tier: string, seed: number, violation: SeedViolation, folder: string): string[] {
  const lines = [`✗ seed ${seed}: ${violation.invariant}: ${violation.message}`, `  again: ${commandFor(tier, seed)}`];
  if (violation.steps.length === 0) return [...lines, ...violation.story.map((line) => `    ${line}`)];
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${tier}-${seed}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ tier, seed, invariant: violation.invariant, steps: violation.steps, trace: violation.trace }, null, 1)}
`,
  );
  return [
    ...lines,
    `  the story, ${violation.story.length} steps (--story ${file}):`,
    ...violation.story.map((line, i) => `    ${i + 1}. ${line}`),
  ];
}

export function tellReport(report: Report): string[] {
  const { seeds, seconds, violations, checks, figures } = report;
  const width = Math.max(...Object.keys(checks).map((name) => name.length), 10);
  return [
    '',
    ...Object.entries(checks).map(([name, n]) => `  ${name.padEnd(width)}  checked ${n.toLocaleString('en')} times`),
    `  ${Object.entries(figures)
      .map(([name, n]) => `${n.toLocaleString('en')} ${name}`)
      .join(', ')}`,
    `${violations.length === 0 ? '✓' : '✗'} ${seeds.run} seeds (${seeds.from}..${seeds.to}) of the ${report.tier} tier in ${seconds} s: ${violations.length} violations`,
  ];
}
