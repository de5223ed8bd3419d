import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'node_modules', '@modelcontextprotocol', 'conformance', 'dist', 'index.js');

export type SuiteRun = {
  readonly url: string;
  /** The revision whose frozen list of required scenarios is run. */
  readonly revision: string;
  /** Where each scenario's checks are written. */
  readonly output: string;
  /** A list of failures that are expected, each of which must happen; null: none may. */
  readonly expected: string | null;
};

export type SuiteResult = {
  /** The suite's own verdict. */
  readonly passed: boolean;
  readonly scenarios: number;
  /** Scenarios with a failed check or a warning, with what the first one says. */
  readonly failed: readonly { readonly scenario: string; readonly check: string; readonly message: string }[];
  readonly said: string;
};

const checks = z.array(z.looseObject({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }));

/** Runs the required scenarios of a revision against an address. */
export async function runSuite(run: SuiteRun): Promise<SuiteResult> {
  mkdirSync(run.output, { recursive: true });
  const expected = run.expected === null ? [] : ['--expected-failures', run.expected];
  const args = [program, 'server', '--url', run.url, '--requirements', run.revision, '-o', run.output, ...expected];
  // its loader needs a newer Node than the one that may have started this
  const child = spawn(join(root, 'node_modules', '.bin', 'node'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const results = readdirSync(run.output, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('checks.json'),
  );
  const failed = results.flatMap((path) =>
    checks
      .parse(JSON.parse(readFileSync(join(run.output, path), 'utf8')))
      .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      .map(({ id, errorMessage }) => ({ scenario: scenarioOf(path), check: id, message: errorMessage ?? '' })),
  );
  return { passed: code === 0, scenarios: results.length, failed, said };
}

/** The suite names a folder after the scenario and the moment. */
function scenarioOf(path: string): string {
  return path
    .replace(/^server-/, '')
    .replace(/-\d{4}-\d\d-\d\dT.*$/, '')
    .replace(/[\\/]checks\.json$/, '');
}
