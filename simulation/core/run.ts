/** One run: the steps of a seed, or a list of steps, then quiet; every invariant checked on the way. */
import { createHash } from 'node:crypto';
import { invariants } from '../invariants/index.ts';
import type { FeedTxn } from '../cloud/feed-mirror.ts';
import type { Scene } from '../invariants/types.ts';
import { choose } from './choose.ts';
import { createDrain } from './drain.ts';
import type { Effect } from './effect.ts';
import { perform } from './perform.ts';
import { randomFrom } from './random.ts';
import type { Step } from './steps.ts';
import { createWorld, type World, type WorldDeps } from './world.ts';

/** What must hold, and did not. */
export type Violation = { readonly invariant: string; readonly message: string; readonly atStep: number };

export type Run = {
  readonly seed: number;
  /** Steps of the story, without the quiet after it. */
  readonly steps: readonly Step[];
  readonly violation: Violation | null;
  /** The same for every replay of the same steps. */
  readonly hash: string;
  readonly checks: Readonly<Record<string, number>>;
  readonly figures: {
    readonly steps: number;
    readonly operations: number;
    readonly positions: number;
    readonly conflicts: number;
  };
};

class Broken extends Error {
  readonly violation: Violation;
  constructor(violation: Violation) {
    super(violation.message);
    this.violation = violation;
  }
}

/** Runs a seed, or with `steps` plays a story in the world of that seed. */
export async function run(
  seed: number,
  deps: WorldDeps,
  steps?: readonly Step[],
  watch?: (line: string) => void,
): Promise<Run> {
  const world = await createWorld(seed, deps);
  const recorder = createRecorder(world, watch);
  const taken: Step[] = [];
  let violation: Violation | null = null;
  try {
    await recorder.begin();
    if (world.plan.filled) await recorder.fill();
    if (steps) {
      for (const step of steps) {
        taken.push(step);
        await recorder.step(step);
      }
    } else {
      const random = randomFrom(seed * 2 + 1);
      for (let i = 0; i < world.plan.steps; i += 1) {
        const step = choose(world, random);
        taken.push(step);
        await recorder.step(step);
      }
    }
    await recorder.quiet();
  } catch (error) {
    if (!(error instanceof Broken))
      throw new Error(`Seed ${seed}, step ${taken.length}: ${String(error)}`, { cause: error });
    violation = error.violation;
  } finally {
    await release(world);
  }
  const { hash, checks } = recorder;
  return { seed, steps: taken, violation, hash: hash(), checks, figures: figuresOf(world, recorder.taken()) };
}

function createRecorder(world: World, watch?: (line: string) => void) {
  const trace = createHash('sha256');
  const checks: Record<string, number> = {};
  let count = 0;

  const look = async (effect: Effect, when: 'step' | 'quiet'): Promise<void> => {
    for (const pc of effect.touched) {
      pc.look();
      world.ledger.record(pc.index, pc.before, pc.view);
      // a reset of an earlier time that has not ended yet says nothing
      const { before, view } = pc;
      const noticed = [...view.bootstraps].some(
        ([scope, reason]) => reason === 'rewound' && before.bootstraps.get(scope) !== reason,
      );
      if (noticed) world.unaware.delete(pc);
    }
    const { fresh, problems } = effect.cloudMoved ? await world.mirror.advance() : { fresh: [], problems: [] };
    nudge(world, fresh);
    const { touched, cloudMoved, served } = effect;
    if (touched.size === 0 && served.length === 0 && !cloudMoved) return;
    const scene: Scene = { world, effect, fresh, feedProblems: problems };
    for (const invariant of invariants) {
      if (invariant.when !== when) continue;
      checks[invariant.name] = (checks[invariant.name] ?? 0) + 1;
      for (const message of await invariant.check(scene))
        throw new Broken({ invariant: invariant.name, message, atStep: count });
    }
  };

  const everything = (): Effect => ({ outcome: 'look', touched: new Set(world.pcs), cloudMoved: true, served: [] });
  const recorder = {
    checks,
    taken: () => count,
    hash: () => trace.copy().digest('hex').slice(0, 16),
    begin: () => look(everything(), 'step'),
    async step(step: Step): Promise<void> {
      count += 1;
      const effect = await perform(world, step);
      trace.update(`${JSON.stringify(step)} ${effect.outcome} ${summary(world)}\n`);
      watch?.(`${String(count).padStart(4)} ${JSON.stringify(step)} → ${effect.outcome}`);
      await look(effect, 'step');
    },
    /** Brings every PC up to date before the story begins; its steps are no part of the story. */
    async fill(): Promise<void> {
      await recorder.drain();
      count = 0;
    },
    async drain(): Promise<void> {
      const drain = createDrain(world);
      for (let step = drain.next(); step; step = drain.next()) {
        await recorder.step(step);
        const stuck = drain.stuck();
        checks['liveness'] = (checks['liveness'] ?? 0) + 1;
        if (stuck) throw new Broken({ invariant: 'liveness', message: stuck, atStep: count });
      }
    },
    async quiet(): Promise<void> {
      await recorder.drain();
      world.unaware.clear();
      await look(everything(), 'step');
      await look(everything(), 'quiet');
    },
  };
  return recorder;
}

/** What the world looks like, without ids and times that the cloud made. */
function summary(world: World): string {
  const pcs = world.pcs.map(
    ({ view }) => `${view.rows.size},${view.log.length},${[...view.cursors.values()].join('+')},${view.letters.length}`,
  );
  const feeds = world.mirror.scopes().map((scope) => world.mirror.feed(scope).length);
  return `${world.timers.now()} ${pcs.join(' ')} ${feeds.join(',')} ${world.network.calls.length}`;
}

/** Tells PCs that listen about news of others, as Realtime does: a hint on its way, one at a time. */
function nudge(world: World, fresh: readonly FeedTxn[]): void {
  const moved = new Set(fresh.map(({ scope }) => scope));
  for (const pc of world.pcs) {
    const { onHead, index } = pc;
    if (
      !onHead ||
      !pc.scopes.some((scope) => moved.has(scope)) ||
      world.network.nudges.some((each) => each.pc === index)
    )
      continue;
    world.network.nudges.push({ pc: index, hear: onHead });
  }
}

/** Lets go of everything, so that the next world may begin. */
async function release(world: World): Promise<void> {
  for (const call of world.network.calls) {
    if (call.state !== 'running') continue;
    await world.cloud.cancel(call.line);
    await world.cloud.look(call.line);
  }
  for (const [i, office] of world.offices.entries()) {
    if (office.waiting) {
      await world.cloud.cancel(`office ${i}`);
      await world.cloud.look(`office ${i}`);
    } else if (office.open) {
      await office.work('rollback', 0, world.clock());
    }
  }
  world.close();
}

function figuresOf(world: World, steps: number): Run['figures'] {
  return {
    steps,
    operations: [...world.ledger.txns.values()].reduce((sum, { operations }) => sum + operations.length, 0),
    positions: world.mirror.scopes().reduce((sum, scope) => sum + world.mirror.feed(scope).length, 0),
    conflicts: [...world.mirror.rows.keys()].filter((key) => key.startsWith('conflicts/')).length,
  };
}
