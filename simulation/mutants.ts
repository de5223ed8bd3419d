import { parseArgs } from 'node:util';
import type { Catch } from './mutants/hunt.ts';
import { runMutants } from './mutants/run.ts';

/*
 * `npm run mutants`: puts deliberate faults into a copy of the engine, one at a time; each must be noticed. See mutants/README.md.
 * --only WORDS  those with these words in their names    --known  does not look for other seeds    --lanes N    --json
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    known: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    lanes: { type: 'string', default: '2' },
  },
});
const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);

const { only, known, lanes, json } = values;
const report = await runMutants({ only, lanes: Number(lanes), search: !known, onCatch: (caught) => say(tell(caught)) });
const free = report.caught.filter(({ by }) => by === null).length;
const unwell = report.caught.filter(({ complaint }) => complaint !== null).length;
for (const line of report.control) say(`✗ ${line}`);
if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
const good = unwell === 0 && report.control.length === 0 && report.caught.length > 0;
say(`${good ? '✓' : '✗'} ${report.caught.length} mutants in ${report.seconds} s, ${free} not noticed`);
process.exitCode = good ? 0 : 1;

function tell({ mutant, by, complaint, tried, ms }: Catch): string {
  const line = `${complaint === null ? '✓' : '✗'} ${mutant.padEnd(66)} ${by?.by ?? 'NOT NOTICED'}, ${tried} played, ${Math.round(ms / 100) / 10} s`;
  return [
    line,
    ...(by ? [by.message.split('\n')[0]?.slice(0, 160) ?? ''] : []),
    ...(complaint ? [complaint] : []),
  ].join('\n    ');
}
