import { parseArgs } from 'node:util';
import { runDemo } from './story.ts';

/* `npm run demo [-- --import FILE] [--json]`: exit code 1 when anything is lost, doubled or unequal. */
const { values } = parseArgs({ options: { import: { type: 'string' }, json: { type: 'boolean', default: false } } });
const started = performance.now();
const say = (line: string): void => {
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
  (values.json ? process.stderr : process.stdout).write(`${seconds} s  ${line}\n`);
};

const report = await runDemo({ importFile: values.import ?? null, say });
const good = report.lost === 0 && report.duplicated === 0 && report.replicasEqual;
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else say(good ? 'Nothing lost, nothing doubled, all equal.' : 'Something is wrong: see above.');
process.exitCode = good ? 0 : 1;
