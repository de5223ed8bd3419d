import { parseArgs } from 'node:util';
import { runKills } from './disk/kill-runs.ts';

/* `npm run kill [-- --runs 200] [--seed N] [--json]`: exit code 1 when anything was lost, doubled, half there or unequal. */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const started = performance.now();
const say = (line: string): void => {
  const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4);
  (values.json ? process.stderr : process.stdout).write(`${seconds} s  ${line}\n`);
};

const report = await runKills({
  runs: Number(values.runs),
  seed: Number(values.seed),
  history: 20_000,
  oldSales: 3000,
  say,
});
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  const { kills, phases, whileWriting, moments, starts, sales, problems } = report;
  say(
    `${kills} kills: ${JSON.stringify(phases)}, ${whileWriting} with a request open, calls: ${JSON.stringify(moments)}`,
  );
  const { wall, cpu, overOneSecond } = starts;
  say(
    `Starts again in ${wall.medianMs} ms (median), ${wall.worstMs} ms (worst); ${overOneSecond} took a second or more.`,
  );
  if (cpu) say(`Of the processor a start takes ${cpu.medianMs} ms (median), ${cpu.worstMs} ms (worst).`);
  say(`${sales.answered} sales answered, ${sales.unanswered} requests cut off.`);
  for (const problem of problems) say(`- ${problem}`);
  say(problems.length === 0 ? 'Nothing lost, nothing doubled, all equal.' : `${problems.length} problems.`);
}
process.exitCode = report.problems.length === 0 ? 0 : 1;
