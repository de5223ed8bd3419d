import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Count } from './steps.ts';

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().default(0),
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
