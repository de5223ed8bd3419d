import { parseArgs } from 'node:util';
import { fuzzScout } from '../src-main/services/scout/testing/fuzz.ts';

/* `npm run fuzz [-- --calls 10000 --seed 1]`: random and hostile calls of every tool of Scout. Exit code 1 when something happened that must not. */
const { values } = parseArgs({
  options: { calls: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const reports = await fuzzScout(Number(values.calls), Number(values.seed), (line) => process.stdout.write(`${line}\n`));
const faults = reports.flatMap((report) => report.faults);
for (const fault of faults.slice(0, 50)) process.stdout.write(`FAULT ${fault}\n`);
const calls = reports.reduce((sum, report) => sum + report.calls, 0);
process.stdout.write(`${calls} calls, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
