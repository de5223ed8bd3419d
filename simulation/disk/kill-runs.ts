/** Kill runs: the real host is killed at random moments of everything it does, and must have lost and doubled nothing. */
import { differingRows } from '../../demo/proof.ts';
import { killAt, type Kill } from './aims.ts';
import { startHost, type StartTimes } from './host-process.ts';
import { killFetching, leave } from './newcomers.ts';
import { examine, phases, type Phase, type Remains } from './remains.ts';
import { cloudProblems, keepBusy, openShop, settle, storeProblems, type Pc, type Shop } from './shop.ts';
import { lookInto } from './store-file.ts';
import { openUpdates } from './updates.ts';
import type { Moment } from './tap.ts';

export type KillOptions = {
  readonly runs: number;
  readonly seed: number;
  /** Rows the shop has in the cloud before, and sales in the store that is updated: what makes a first fetch and a migration last. */
  readonly history: number;
  readonly oldSales: number;
  readonly say: (line: string) => void;
};

export type KillReport = {
  readonly kills: number;
  /** Where the kills fell, as the disk says. */
  readonly phases: Record<Phase, number>;
  /** Of these, with a request of a person open. */
  readonly whileWriting: number;
  /** At which moment of a call to the cloud they fell, where one was waited for. */
  readonly moments: Partial<Record<Moment, number>>;
  /**
   * Milliseconds from the start of the process to its ready line, after a kill; `cpu` of the processor alone. The goal is below a second, on a
   * machine that does nothing else.
   */
  readonly starts: { readonly wall: Spread; readonly cpu: Spread | null; readonly overOneSecond: number };
  readonly sales: { readonly answered: number; readonly unanswered: number };
  /** What was lost, doubled, half there or unequal, in words. Empty when all is well. */
  readonly problems: readonly string[];
};

type Spread = { readonly medianMs: number; readonly worstMs: number };

type Tally = {
  kills: number;
  phases: Record<Phase, number>;
  whileWriting: number;
  moments: Partial<Record<Moment, number>>;
  starts: StartTimes[];
  problems: string[];
};

/** The order of aims repeats: most kills hit the PC that has been at work all along. */
const plan = ['push', 'pull', 'fetch', 'write', 'update', 'push', 'pull', 'fetch', 'anywhere', 'update'] as const;

export async function runKills({ runs, seed, history, oldSales, say }: KillOptions): Promise<KillReport> {
  const shop = await openShop(seed);
  const tally: Tally = {
    kills: 0,
    phases: Object.fromEntries(phases.map((phase) => [phase, 0])) as Record<Phase, number>,
    whileWriting: 0,
    moments: {},
    starts: [],
    problems: [],
  };
  try {
    await shop.headOffice(history);
    const other = await shop.newPc('other');
    const victim = await shop.newPc('victim');
    await settle(victim);
    const updates = await openUpdates(shop, oldSales);
    let busy = keepBusy(other);
    let newcomer: Pc | null = null;
    const gone: Pc[] = [];
    let told = 0;
    for (let run = 0; run < runs; run += 1) {
      const aim = plan[run % plan.length] as (typeof plan)[number];
      if (aim === 'update') {
        const { times, ...remains } = await updates.killOne();
        count(tally, remains, null, times);
      } else if (aim === 'fetch') {
        newcomer ??= await shop.newPc(`newcomer${run}`, { refusals: ['not-found'] });
        await killAndRestart(tally, newcomer, () => killFetching(shop, newcomer as Pc));
        if (shop.random.chance(0.3) || !leftOf(run + 1, runs).includes('fetch')) {
          // a comparison needs a cloud that stands still
          await busy.stop();
          tally.problems.push(...(await proveReplica(newcomer)));
          busy = keepBusy(other);
          await leave(newcomer);
          gone.push(newcomer);
          newcomer = null;
        }
      } else {
        await killAndRestart(tally, victim, () => killAt(aim, shop, victim, other));
      }
      if ((run + 1) % 10 === 0 || tally.problems.length > told) say(progress(tally, run + 1, runs));
      told = tally.problems.length;
    }
    await busy.stop();
    if (newcomer) gone.push(newcomer);
    const updated = await updates.finish();
    const pcs = [victim, other, updated];
    tally.problems.push(...(await proveAll(shop, pcs, gone)));
    return reportOf(tally, [...pcs, ...gone]);
  } finally {
    await shop.close();
  }
}

/** The aims still to come. */
function leftOf(run: number, runs: number): (typeof plan)[number][] {
  return Array.from({ length: runs - run }, (_, index) => plan[(run + index) % plan.length] as (typeof plan)[number]);
}

async function killAndRestart(tally: Tally, pc: Pc, kill: () => Promise<Kill>): Promise<void> {
  const { calls, moment } = await kill();
  const { dataDir, whose, counter } = pc;
  const before = counter.ledger.counts().unanswered;
  const remains = await examine({ dataDir, whose, ledger: counter.ledger, ready: true, calls });
  if (counter.ledger.counts().unanswered > before) tally.whileWriting += 1;
  pc.host = await startHost(pc);
  count(tally, remains, moment, pc.host.times);
  tally.problems.push(...(await storeProblems(pc, false)).map((text) => `after the start: ${counter.tag}: ${text}`));
}

function count(tally: Tally, remains: Remains, moment: Moment | null, times: StartTimes): void {
  tally.kills += 1;
  tally.phases[remains.phase] += 1;
  if (moment !== null) tally.moments[moment] = (tally.moments[moment] ?? 0) + 1;
  tally.starts.push(times);
  tally.problems.push(...remains.problems.map((text) => `after kill ${tally.kills} (${remains.phase}): ${text}`));
}

/** After quiet: everything once and whole in the cloud, and every replica equal to it by hash and value by value. */
async function proveAll(shop: Shop, pcs: readonly Pc[], gone: readonly Pc[]): Promise<string[]> {
  // twice, so that each has received what the last one sent
  for (const pc of [...pcs, ...pcs]) await settle(pc);
  const problems = await cloudProblems(shop, [...pcs, ...gone]);
  for (const pc of pcs) problems.push(...(await proveReplica(pc)));
  for (const pc of pcs) {
    await pc.host.stop();
    const differing = await differingRows(shop.cloud, pc.dataDir);
    if (differing > 0) problems.push(`${pc.counter.tag}: ${differing} rows differ from the cloud's`);
    problems.push(...(await lookInto(pc.dataDir, (file) => file.integrity())));
  }
  return problems;
}

/** A running PC comes to rest, equals the cloud, and has nothing that a person would have to look at. */
async function proveReplica(pc: Pc): Promise<string[]> {
  const { tag } = pc.counter;
  const problems = (await storeProblems(pc, false)).map((text) => `${tag}: ${text}`);
  for (let tries = 0; ; tries += 1) {
    await settle(pc);
    const verified = await pc.host.caller.call('sync.verify', {});
    if (!verified.ok) return [...problems, `${tag}: verify was answered ${verified.error.code}`];
    if (verified.value.equal) break;
    // somebody else wrote meanwhile
    if (verified.value.reason !== null && tries < 20) continue;
    const differing = verified.value.tables.filter(({ differingBuckets }) => differingBuckets > 0);
    problems.push(`${tag} does not equal the cloud: ${verified.value.reason ?? JSON.stringify(differing)}`);
    break;
  }
  const stuck = await lookInto(pc.dataDir, ({ db }) =>
    db.get<{ letters: number; open: number; runs: number }>(`SELECT (SELECT count(*) FROM _dead_letters) AS letters,
      (SELECT count(*) FROM _change_log WHERE state < 4) AS open, (SELECT count(*) FROM _outbox) AS runs`),
  );
  if (!stuck || stuck.letters + stuck.open + stuck.runs > 0)
    problems.push(`${tag} is not at rest: ${JSON.stringify(stuck)}`);
  return problems;
}

function reportOf(tally: Tally, pcs: readonly Pc[]): KillReport {
  const walls = tally.starts.map(({ wall }) => wall);
  const cpus = tally.starts.flatMap(({ cpu }) => cpu ?? []);
  const counts = pcs.map(({ counter }) => counter.ledger.counts());
  return {
    kills: tally.kills,
    phases: tally.phases,
    whileWriting: tally.whileWriting,
    moments: tally.moments,
    starts: {
      wall: spread(walls),
      cpu: cpus.length > 0 ? spread(cpus) : null,
      overOneSecond: walls.filter((ms) => ms >= 1000).length,
    },
    sales: {
      answered: counts.reduce((sum, { saved }) => sum + saved, 0),
      unanswered: counts.reduce((sum, { unanswered }) => sum + unanswered, 0),
    },
    problems: tally.problems,
  };
}

function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  return { medianMs: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0), worstMs: Math.round(sorted.at(-1) ?? 0) };
}

function progress({ phases: fell, problems, starts }: Tally, run: number, runs: number): string {
  const where = Object.entries(fell).map(([phase, times]) => `${phase} ${times}`);
  const last = Math.round(starts.at(-1)?.wall ?? 0);
  return `${run} of ${runs} kills: ${where.join(', ')}; last start ${last} ms${problems.length > 0 ? `; ${problems.length} PROBLEMS: ${problems.at(-1)}` : ''}`;
}
