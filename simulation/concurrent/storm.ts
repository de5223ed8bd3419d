/** One concurrent run: PCs, office and network at once, blows in between; then quiet, and everything that must hold is looked at. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workFolder } from '../cloud/cluster.ts';
import { openLiveCloud, type LiveCloud } from './cloud.ts';
import { createChecks, type Broken } from './checks.ts';
import { workAtTheOffice, type OfficeReport } from './office.ts';
import { notDue } from './from-outside.ts';
import { openPcProcess, ProcessGone, type PcProcess } from './pc-processes.ts';
import { planOf, tellPlan, type Blow, type Plan, type Trouble } from './plan.ts';
import { createLiveWorld, type LiveWorld } from './world.ts';
import type { PcOrder, Rested, Seen } from './messages.ts';

export type Storm = {
  readonly broken: Broken | null;
  readonly checks: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
  /** The plan and what came of it, in words. */
  readonly evidence: readonly string[];
};

export type StormOptions = {
  readonly seed: number;
  readonly without?: ReadonlySet<Trouble>;
  /** The project whose engine and cloud are tried. */
  readonly project: string;
};

/** Two, as the machine has few cores: what is parallel is the work under way, in them and in PostgreSQL. */
const processes = 2;
/** Within so long everything has arrived, or it never will: seconds on a machine that does nothing else. */
const patienceMs = 180_000;
const portionMs = 6_000;

type Run = {
  readonly options: StormOptions;
  readonly plan: Plan;
  readonly live: LiveCloud;
  readonly world: LiveWorld;
  readonly children: readonly PcProcess[];
  readonly folder: string;
  readonly figures: Record<string, number>;
  readonly checks: ReturnType<typeof createChecks>;
};

export async function runStorm(options: StormOptions): Promise<Storm> {
  const plan = planOf(options.seed, options.without);
  const folder = workFolder('pulser-storm-');
  const live = await openLiveCloud(options.seed, plan, options.project);
  const world = createLiveWorld(live.cloud.adminDatabaseUrl, plan.pcs.length);
  const file = join(options.project, 'simulation/concurrent/pc-process.ts');
  const waiters: (() => void)[] = [];
  const children = Array.from({ length: processes }, () =>
    openPcProcess(file, ({ pc, act, operations }) => {
      world.did(pc, act, operations);
      for (const waiter of waiters) waiter();
    }),
  );
  const figures: Record<string, number> = {};
  const run: Run = { options, plan, live, world, children, folder, figures, checks: createChecks(world) };
  try {
    await run.checks.watch(async () => {
      await Promise.all(children.map((_, i) => open(run, i, 0)));
      await rage(run, waiters);
      await comeToRest(run);
    });
    return {
      broken: run.checks.broken(),
      checks: run.checks.counts,
      figures: figuresOf(run),
      evidence: evidenceOf(run),
    };
  } finally {
    await Promise.all(children.map((child) => child.close()));
    await live.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function indexesOf({ plan }: Run, process: number): number[] {
  return plan.pcs.map((_, index) => index).filter((index) => index % processes === process);
}

async function open(run: Run, process: number, life: number): Promise<void> {
  const { plan, live, world, folder, options } = run;
  mkdirSync(folder, { recursive: true });
  const pcs = indexesOf(run, process).map((index): PcOrder => {
    const { batchSize, skew } = plan.pcs[index] as Plan['pcs'][number];
    const code = life === 0 ? (live.codes[index] ?? null) : null;
    return { index, code, seed: options.seed, life, batchSize, skew, lastSeq: world.lastSeqOf(index) };
  });
  const { url, anonKey } = live.cloud;
  await run.children[process]?.ask({ do: 'open', url, anonKey, folder, copies: plan.copies, pcs });
}

/** Everybody works at once, until all have done what they had to. */
async function rage(run: Run, waiters: (() => void)[]): Promise<void> {
  const { plan, live, world, options } = run;
  live.cloud.faults.set(plan.network);
  const address = live.cloud.adminDatabaseUrl;
  const office = workAtTheOffice({ address, seed: options.seed, plan, stores: live.stores, ledger: world.ledger });
  const people = Promise.all(run.children.map((_, process) => workIn(run, process)));
  const blows = Promise.all(plan.blows.map(async (blow) => after(waiters, world, blow.at, () => strike(run, blow))));
  const looks = (async () => {
    for (const at of plan.looks) await after(waiters, world, at, () => lookAround(run));
  })();
  // whatever breaks, nobody is still at work when everything is closed
  await Promise.allSettled([office, people, blows, looks]);
  await Promise.all([people, blows, looks]);
  noteOffice(run, await office);
  await live.calm();
}

/** Does something once so many acts have been done. */
function after(waiters: (() => void)[], world: LiveWorld, acts: number, then: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiter = (): void => {
      if (world.acts() < acts) return;
      waiters.splice(waiters.indexOf(waiter), 1);
      then().then(resolve, reject);
    };
    waiters.push(waiter);
    waiter();
  });
}

/** The acts of a process's PCs; whoever is killed in the middle goes on after the last one that returned. */
async function workIn(run: Run, process: number): Promise<void> {
  const { plan, world } = run;
  for (let life = 1; ; life += 1) {
    const left = indexesOf(run, process).map((pc): [number, [number, number]] => [pc, [world.actsOf(pc), plan.acts]]);
    try {
      await run.children[process]?.ask({ do: 'work', acts: new Map(left), everyMs: plan.everyMs });
      return;
    } catch (error) {
      if (!(error instanceof ProcessGone)) throw error;
      await open(run, process, life);
    }
  }
}

async function strike(run: Run, blow: Blow): Promise<void> {
  const { live, figures } = run;
  const add = (what: string, n: number): void => void (figures[what] = (figures[what] ?? 0) + n);
  switch (blow.do) {
    case 'end backends':
      // a database that is just starting again has none to end
      return add('backends ended', await live.endBackends(blow.count, blow.r).catch(() => 0));
    case 'restart':
      add('restarts', 1);
      return live.cloud.crashDatabase();
    case 'kill':
      add('processes killed', 1);
      return run.children[blow.process]?.kill();
    default:
      return blow satisfies never;
  }
}

/** What PCs show, in whichever process they live; a process that is just being killed shows nothing. */
async function seeAll({ children }: Run): Promise<Seen[]> {
  const seen = await Promise.all(
    children.map((child) =>
      child.ask({ do: 'look' }).catch((error: unknown) => {
        if (error instanceof ProcessGone) return [];
        throw error;
      }),
    ),
  );
  return seen.flat();
}

async function lookAround(run: Run): Promise<void> {
  const sight = await run.world.look(await seeAll(run));
  if (sight) await run.checks.step(sight);
}

function noteOffice({ figures, checks }: Run, report: OfficeReport): void {
  figures['office transactions'] = report.committed;
  figures['office transactions refused'] = [...report.ended.values()].reduce((sum, n) => sum + n, 0);
  figures['deadlocks at the office'] = report.ended.get('40P01') ?? 0;
  checks.note('the office is only told what is true', report.problems);
}

/** How often trouble reached a PC: what never does proves nothing. */
function noteErrors({ figures }: Run, seen: readonly Seen[]): void {
  const errors = seen.flatMap((pc) => pc.errors);
  const count = (pattern: RegExp): number => errors.filter((error) => pattern.test(error)).length;
  figures['rounds ended by a deadlock'] = count(/ 40P01 /);
  figures['rounds ended by a timeout'] = count(/ 57014 /);
  figures['rounds ended otherwise'] = errors.length - count(/ (40P01|57014) /);
}

/** Nobody works any more and nothing goes wrong any more: everything has to arrive. */
async function comeToRest(run: Run): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const rested = (
      await Promise.all(run.children.map((child) => child.ask({ do: 'rest', patienceMs: portionMs })))
    ).flat();
    run.checks.note(
      'refusals are due',
      rested.flatMap(({ index, letters }) => notDue(index, letters)),
    );
    const heads = await run.live.cloud.adminSql<{ key: string; head: number }>(
      'select key, head::int from sync.scopes',
    );
    const late = rested.flatMap((pc) => lateness(pc, heads));
    if (late.length === 0) break;
    if (performance.now() > until) return run.checks.note('liveness', [late.join('; ')]);
  }
  run.checks.note('liveness', []);
  const seen = await seeAll(run);
  noteErrors(run, seen);
  const sight = await run.world.look(seen);
  if (!sight) throw new Error('The cloud cannot be read, though nothing goes wrong any more');
  await run.checks.step(sight);
  await run.world.check(sight, run.checks.quiet);
  const verified = (await Promise.all(run.children.map((child) => child.ask({ do: 'verify' })))).flat();
  run.checks.note(
    'honest verification',
    verified.flatMap(({ index, problem }) => (problem === null ? [] : [`PC ${index + 1}: ${problem}`])),
  );
  const [end] = await run.live.cloud.adminSql<{ deadlocks: number }>(
    `select deadlocks::int from pg_stat_database where datname = current_database()`,
  );
  run.figures['deadlocks since the last restart'] = end?.deadlocks ?? 0;
  await Promise.all(run.children.map((child) => child.ask({ do: 'close' })));
}

function lateness(pc: Rested, heads: readonly { key: string; head: number }[]): string[] {
  const behind = heads.filter(({ key, head }) => pc.cursors.has(key) && pc.cursors.get(key) !== head);
  if (pc.waiting === 0 && pc.stuck === 0 && behind.length === 0 && pc.cursors.size > 0) return [];
  const where = behind.map(({ key, head }) => `${key.slice(0, 5)} ${pc.cursors.get(key)}/${head}`).join(', ');
  return [`PC ${pc.index + 1}: ${pc.waiting} wait, ${pc.stuck} stuck, ${where}, ${pc.failure ?? 'no failure'}`];
}

function figuresOf({ world, figures }: Run): Record<string, number> {
  return {
    acts: world.acts(),
    operations: [...world.ledger.txns.values()].reduce((sum, { operations }) => sum + operations.length, 0),
    positions: world.mirror.scopes().reduce((sum, scope) => sum + world.mirror.feed(scope).length, 0),
    conflicts: [...world.mirror.rows.keys()].filter((key) => key.startsWith('conflicts/')).length,
    ...figures,
  };
}

function evidenceOf(run: Run): string[] {
  return [
    ...tellPlan(run.plan),
    Object.entries(figuresOf(run))
      .map(([what, n]) => `${n} ${what}`)
      .join(', '),
  ];
}
