import { join } from 'node:path';
import { playStory } from './cli/play-story.ts';
import { readOptions } from './cli/options.ts';
import { createReport, tellReport, tellViolation } from './cli/report.ts';
import { tiers } from './tiers/index.ts';

/* `npm run simulate -- --seeds A..B --tier NAME [--json]`: plays worlds and checks what must hold. See README.md. */
const options = readOptions(process.argv.slice(2));
const stories = join(import.meta.dirname, '../test-results/simulation');
const say = (line: string): void => void (options.json ? process.stderr : process.stdout).write(`${line}\n`);

if (options.story !== null) process.exitCode = (await playStory(options.story, say)) ? 0 : 1;
else process.exitCode = (await runTier()) ? 0 : 1;

async function runTier(): Promise<boolean> {
  const load = tiers[options.tier];
  if (!load) {
    say(`There is no tier "${options.tier}"; there are: ${Object.keys(tiers).join(', ')}`);
    return false;
  }
  const report = createReport(options.tier, options.from, options.to);
  let done = 0;
  await (
    await load()
  ).run({
    ...options,
    say,
    onResult(result) {
      report.add(result);
      done += 1;
      if (result.violation) tellViolation(options.tier, result.seed, result.violation, stories).forEach(say);
      else if (done % 50 === 0) say(`  ${done} seeds`);
    },
  });
  const end = report.end();
  if (options.json) process.stdout.write(`${JSON.stringify(end)}\n`);
  else tellReport(end).forEach(say);
  return end.violations.length === 0;
}
