/** Runs tests of the suite by their names, in a copy of the project. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { NamedTest } from './types.ts';

export type Failure = NamedTest & {
  readonly message: string;
  /** Whether an expectation failed; else it broke in another way. */
  readonly byExpectation: boolean;
};

/** How vitest says that an expectation failed, at once or after it was waited for. */
const expectation = /AssertionError|^Error: expected /m;

const report = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).default([]) }),
      ),
    }),
  ),
});

/** Answers those that failed. One start of the runner serves all of them. @throws Error when one of them did not run */
export async function failedTests(folder: string, tests: readonly NamedTest[]): Promise<Failure[]> {
  const file = join(folder, 'test-results', 'named-tests.json');
  rmSync(file, { force: true });
  const files = [...new Set(tests.map(({ test }) => test))];
  const pattern = tests.map(({ named }) => named.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
  const output = await runVitest(folder, [...files, '-t', pattern, '--reporter=json', `--outputFile=${file}`]);
  const results = read(file, output).testResults.flatMap(({ assertionResults }) => assertionResults);
  return tests.flatMap(({ test, named }) => {
    const ran = results.filter(({ fullName, status }) => fullName.includes(named) && status !== 'skipped');
    if (ran.length === 0) throw new Error(`No test of ${test} is named "${named}": ${output.slice(-600)}`);
    const [broken] = ran.filter(({ status }) => status === 'failed');
    if (!broken) return [];
    const message = broken.failureMessages.join('\n');
    return [{ test, named, message, byExpectation: expectation.test(message) }];
  });
}

function read(file: string, output: string): z.infer<typeof report> {
  try {
    return report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`The tests left no report: ${output.slice(-600)}`, { cause: error });
  }
}

function runVitest(folder: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // a runner inside a runner is a runner of its own
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))),
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('close', () => resolve(output));
  });
}
