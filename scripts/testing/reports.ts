import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Count } from './steps.ts';

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().default(0),
  testResults: z
    .array(z.object({ assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })).default([]) }))
    .default([]),
});
const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
});

/**
 * What vitest counted. A run that ended badly although no test failed (a file that does not load, an unhandled error, no
 * report at all) counts as one failure, so that it cannot pass for a good one.
 */
export function countVitest(file: string, exitCode: number): Count {
  const report = vitestReport.safeParse(readJson(file));
  if (!report.success) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = report.data;
  return {
    passed: numPassedTests,
    failed: atLeastOneIf(exitCode !== 0, numFailedTests),
    skipped: numPendingTests + numTodoTests,
  };
}

/** What Playwright counted; as with vitest, a bad end is at least one failure. A test that passed at a second try counts as passed. */
export function countPlaywright(file: string, exitCode: number): Count {
  const report = playwrightReport.safeParse(readJson(file));
  if (!report.success) return { passed: 0, failed: 1, skipped: 0 };
  const { expected, unexpected, flaky, skipped } = report.data.stats;
  return { passed: expected + flaky, failed: atLeastOneIf(exitCode !== 0, unexpected), skipped };
}

const notRun = new Set(['skipped', 'pending', 'todo', 'disabled']);

/** The tests that a run of vitest left out, by name, so that nothing is left out silently. */
export function skippedByVitest(file: string): string[] {
  const report = vitestReport.safeParse(readJson(file));
  if (!report.success) return [];
  return report.data.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => notRun.has(status))
    .map(({ fullName }) => fullName);
}

type Suite = { readonly specs?: readonly Spec[] | undefined; readonly suites?: readonly Suite[] | undefined };
type Spec = { readonly title: string; readonly tests: readonly { readonly status: string }[] };
const suite: z.ZodType<Suite> = z.lazy(() =>
  z.object({
    specs: z.array(z.object({ title: z.string(), tests: z.array(z.object({ status: z.string() })) })).optional(),
    suites: z.array(suite).optional(),
  }),
);

/** The tests that a run of Playwright left out or did not come to, by name. */
export function skippedByPlaywright(file: string): string[] {
  const report = suite.safeParse(readJson(file));
  return report.success ? skippedIn(report.data) : [];
}

function skippedIn({ specs = [], suites = [] }: Suite): string[] {
  const here = specs.filter(({ tests }) => tests.some(({ status }) => status === 'skipped')).map(({ title }) => title);
  return [...here, ...suites.flatMap(skippedIn)];
}

const atLeastOneIf = (bad: boolean, failed: number): number => (bad ? Math.max(1, failed) : failed);

function readJson(file: string): unknown {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // half a report: the runner died while writing it, which the caller counts as a failure
    return null;
  }
}
