/** Makes a failing run shorter: steps are left out as long as the same promise still breaks. */
import type { Run } from './run.ts';
import type { Step } from './steps.ts';

/** Replays at most, and milliseconds: a shorter story is worth some time, not any. */
const maxReplays = 160;
const maxMs = 90_000;

export async function shorten(failed: Run, replay: (steps: readonly Step[]) => Promise<Run>): Promise<Run> {
  const { violation } = failed;
  if (!violation) return failed;
  const deadline = performance.now() + maxMs;
  let replays = 0;
  let best = failed;

  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    replays += 1;
    const result = await replay(steps).catch(() => null);
    if (result?.violation?.invariant !== violation.invariant) return false;
    best = result;
    return true;
  };
  const mayGoOn = (): boolean => replays < maxReplays && performance.now() < deadline;

  // what came after the failure had no part in it
  const cut = failed.steps.slice(0, violation.atStep);
  if (cut.length < failed.steps.length && !(await attempt(cut))) return failed;

  for (
    let size = Math.ceil(best.steps.length / 2);
    size >= 1 && mayGoOn();
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let end = best.steps.length; end > 0 && mayGoOn(); end -= size) {
      const start = Math.max(0, end - size);
      await attempt([...best.steps.slice(0, start), ...best.steps.slice(end)]);
    }
  }
  return best;
}
