import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countPlaywright, countVitest, skippedByPlaywright, skippedByVitest } from './reports.ts';
import { closingLine, isGood, sum } from './steps.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reports-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function report(content: unknown): string {
  const file = join(folder, 'report.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}
const vitest = (passed: number, failed: number, pending = 0) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: 0,
});

describe('counting', () => {
  it('reads vitest', () => {
    expect(countVitest(report(vitest(7, 2, 1)), 1)).toEqual({ passed: 7, failed: 2, skipped: 1 });
    expect(countVitest(report(vitest(7, 0)), 0)).toEqual({ passed: 7, failed: 0, skipped: 0 });
  });

  it('reads Playwright', () => {
    const stats = { expected: 3, unexpected: 1, flaky: 1, skipped: 2 };
    expect(countPlaywright(report({ stats }), 1)).toEqual({ passed: 4, failed: 1, skipped: 2 });
  });

  it('counts a bad end without a failed test as a failure', () => {
    expect(countVitest(report(vitest(7, 0)), 1).failed).toBe(1);
    const stats = { expected: 3, unexpected: 0, flaky: 0, skipped: 0 };
    expect(countPlaywright(report({ stats }), 130).failed).toBe(1);
  });

  it('counts a missing or broken report as a failure, whatever the exit code', () => {
    for (const file of [join(folder, 'none.json'), report('{"numPassedTests": 3'), report({})]) {
      expect(countVitest(file, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
      expect(countPlaywright(file, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    }
  });
});

describe('what was left out', () => {
  it('is named, from vitest', () => {
    const assertionResults = [
      { fullName: 'a works', status: 'passed' },
      { fullName: 'b waits', status: 'skipped' },
      { fullName: 'c comes', status: 'todo' },
    ];
    expect(skippedByVitest(report({ ...vitest(1, 0, 2), testResults: [{ assertionResults }] }))).toEqual([
      'b waits',
      'c comes',
    ]);
  });

  it('is named, from Playwright, in suites of suites too', () => {
    const spec = (title: string, status: string) => ({ title, tests: [{ status }] });
    const inner = { specs: [spec('deep', 'skipped'), spec('good', 'expected')] };
    const suites = [{ specs: [spec('shallow', 'skipped')], suites: [inner] }];
    expect(skippedByPlaywright(report({ suites }))).toEqual(['shallow', 'deep']);
  });
});

describe('the closing line', () => {
  it('sums all runners and names what was skipped only when something was', () => {
    const total = sum([
      { passed: 5, failed: 0, skipped: 0 },
      { passed: 10, failed: 1, skipped: 0 },
    ]);
    expect(closingLine(total)).toBe('15 passed, 1 failed');
    expect(closingLine({ ...total, skipped: 2 })).toBe('15 passed, 1 failed, 2 skipped');
  });

  it('calls a run good only when something ran and nothing failed', () => {
    expect(isGood(sum([]))).toBe(false);
    expect(isGood({ passed: 3, failed: 1, skipped: 0 })).toBe(false);
    expect(isGood({ passed: 3, failed: 0, skipped: 9 })).toBe(true);
  });
});
