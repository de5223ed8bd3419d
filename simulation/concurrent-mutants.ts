import { parseArgs } from 'node:util';
import { concurrentMutants } from './concurrent/mutants.ts';
import { runStorm } from './concurrent/storm.ts';
import { copyProject } from './mutants/project-copy.ts';

/* `npm run mutants:concurrent`: faults that need true concurrency to show, one at a time in a copy of the project; the tier must notice each. */
const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, seeds: { type: 'string', default: '12' } },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const copy = copyProject();
let missed = 0;
try {
  for (const { name, edits } of concurrentMutants.filter((mutant) => mutant.name.includes(values.only))) {
    const heal = edits.map((edit) => copy.infect({ name, ...edit }));
    const noticed = await hunt(copy.folder, Number(values.seeds));
    for (const undo of heal.toReversed()) undo();
    if (!noticed) missed += 1;
    say(`${noticed ? '✓' : '✗'} ${name}: ${noticed ?? 'nobody noticed'}`);
  }
} finally {
  copy.remove();
}
say(missed === 0 ? '✓ all noticed' : `✗ ${missed} were not noticed`);
process.exitCode = missed === 0 ? 0 : 1;

/** What broke first, and in which seed; null when all held. */
async function hunt(project: string, seeds: number): Promise<string | null> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { broken } = await runStorm({ seed, project });
    // what broke the run itself is no notice of anything
    if (broken && broken.invariant !== 'the run')
      return `seed ${seed}, ${broken.invariant}: ${broken.message.slice(0, 200)} (and ${broken.more.length} more)`;
  }
  return null;
}
