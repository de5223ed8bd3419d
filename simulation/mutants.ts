import { parseArgs } from 'node:util';
import { startSimCluster } from './cloud/cluster.ts';
import { hunt, type Catch } from './mutants/hunt.ts';
import { mutants } from './mutants/list.ts';
import { copyProject } from './mutants/project-copy.ts';

/* `npm run mutants [-- --json] [-- --only WORDS]`: puts deliberate faults into a copy of the engine, one at a time; each must be noticed. */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    workers: { type: 'string', default: '2' },
  },
});
const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
const waiting = mutants.filter(({ name }) => name.includes(values.only));
const caught: Catch[] = [];
// all of them fit, or nothing begins
const first = copyProject();
for (const mutant of mutants) first.infect(mutant)();
first.remove();
const cluster = await startSimCluster();
const began = performance.now();
try {
  await Promise.all(Array.from({ length: Number(values.workers) }, (_, i) => work(i)));
} finally {
  await cluster.stop();
}
const free = caught.filter(({ by }) => by === null);
if (values.json) process.stdout.write(`${JSON.stringify(caught)}\n`);
say(
  `${free.length === 0 ? '✓' : '✗'} ${caught.length} mutants in ${Math.round((performance.now() - began) / 1000)} s, ${free.length} not noticed`,
);
process.exitCode = free.length === 0 && caught.length > 0 ? 0 : 1;

async function work(i: number): Promise<void> {
  const copy = copyProject();
  try {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const found = await hunt(mutant, copy, cluster.address, `mutant_${i}`);
      caught.push(found);
      say(tell(found));
    }
  } finally {
    copy.remove();
  }
}

function tell({ mutant, by, seed, tried, ms, message }: Catch): string {
  const where = by === null ? `NOT NOTICED in ${tried} seeds` : `${by}, seed ${seed} (${tried} played)`;
  return `${by === null ? '✗' : '✓'} ${mutant.name.padEnd(66)} ${where}, ${Math.round(ms / 100) / 10} s${by === null ? '' : `\n    ${message.slice(0, 160)}`}`;
}
