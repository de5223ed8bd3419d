import { capture, scriptOf, type Count } from './steps.ts';

/** The steps of `npm run check`, by their names in package.json. The slow ones first: they run two at a time. */
const checks = ['check:types', 'check:lint', 'check:unused', 'check:format', 'check:imports'] as const;

/** Runs every check, prints one line for each with its time, and the output of those that failed. Each counts as one test. */
export async function runChecks(say: (line: string) => void): Promise<Count> {
  const waiting = [...checks];
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      const begun = performance.now();
      const { code, output } = await capture(scriptOf(name));
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      say(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
      if (code === 0) continue;
      failed += 1;
      say(output.trimEnd().replace(/^/gm, '    '));
    }
  };
  await Promise.all([work(), work()]);
  return { passed: checks.length - failed, failed, skipped: 0 };
}
