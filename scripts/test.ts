import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { electronEnvironment } from './electron-runtime.ts';
import { describeFailure, SetUpFailure } from './setup/failure.ts';
import { projectRoot } from './setup/paths.ts';
import { setUp } from './setup/set-up.ts';
import { runChecks } from './testing/checks.ts';
import { openDisplay } from './testing/display.ts';
import { countPlaywright, countVitest, skippedByPlaywright, skippedByVitest } from './testing/reports.ts';
import { closingLine, isGood, scriptOf, stream, sum, type Count } from './testing/steps.ts';

/*
 * `npm test`: everything that can tell whether the project works: set-up, checks, tests of the parts, the build, the
 * services against their protocol's own suite, tests of the window. A part that cannot run is named and counted as failed; nothing is left out silently. Ends with `N passed, N failed`.
 * `npm test -- unit` (or check, window) runs that much of it.
 */
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const one = (good: boolean): Count => ({ passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 });
const results = join(projectRoot, 'test-results');

const parts = ['check', 'unit', 'window'] as const;
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const unknown = wanted.find((word) => !parts.some((part) => part === word));
if (unknown) {
  say(`There is no part "${unknown}"; there are: ${parts.join(', ')}`);
  process.exitCode = 1;
} else {
  const total = await testAll((part) => wanted.length === 0 || wanted.includes(part));
  say('');
  say(closingLine(total));
  process.exitCode = isGood(total) ? 0 : 1;
}

async function testAll(wants: (part: (typeof parts)[number]) => boolean): Promise<Count> {
  mkdirSync(results, { recursive: true });
  const counts: Count[] = [];
  title('Set-up');
  const ready = await prepare();
  counts.push(one(ready));
  if (wants('check')) {
    title('Checks');
    counts.push(await runChecks(say));
  }
  if (wants('unit')) {
    title('Tests of the parts');
    counts.push(await testParts());
  }
  if (wants('window')) {
    title('Build');
    const built = (await stream(scriptOf('build'))) === 0;
    counts.push(one(built));
    title('The protocol of the services');
    counts.push(one(built && (await stream(scriptOf('mcp:conformance'))) === 0));
    title('Tests of the window');
    counts.push(ready && built ? await testWindow() : cannot('the window'));
  }
  return sum(counts);
}

async function prepare(): Promise<boolean> {
  try {
    await setUp({ say, needsDisplay: true, needsServers: true });
    return true;
  } catch (error) {
    if (!(error instanceof SetUpFailure)) throw error;
    say(`✗ ${describeFailure(error)}`);
    return false;
  }
}

async function testParts(): Promise<Count> {
  const file = join(results, 'vitest.json');
  rmSync(file, { force: true });
  const code = await stream(`vitest run --reporter=default --reporter=json --outputFile.json="${file}"`);
  name(skippedByVitest(file));
  return countVitest(file, code);
}

async function testWindow(): Promise<Count> {
  const file = join(results, 'playwright.json');
  rmSync(file, { force: true });
  const display = await openDisplay();
  try {
    const env = { ...electronEnvironment(), ...display.env, PLAYWRIGHT_JSON_OUTPUT_FILE: file };
    const code = await stream('playwright test --reporter=list,json', env);
    name(skippedByPlaywright(file));
    return countPlaywright(file, code);
  } finally {
    await display.stop();
  }
}

function name(skipped: readonly string[]): void {
  for (const test of skipped) say(`- not run: ${test}`);
}

function cannot(what: string): Count {
  say(`✗ ${what} was not tested: what it needs failed above`);
  return one(false);
}

function title(text: string): void {
  say(`\n── ${text} ${'─'.repeat(Math.max(0, 60 - text.length))}`);
}
