/** What happens to disks and to the cloud itself in the course of the years. */
import { rmSync } from 'node:fs';
import { assertNever } from '#shared/result.ts';
import type { SimPc } from '../pc/sim-pc.ts';
import { idle, touching, type Effect } from './effect.ts';
import { uuid } from '../cloud/office.ts';
import { randomFrom } from './random.ts';
import type { Step } from './steps.ts';
import type { World } from './world.ts';

type LifeStep = Extract<
  Step,
  { do: 'enrol anew' | 'sleep' | 'backup' | 'restore' | 'clone' | 'keep' | 'rewind' | 'epoch' | 'prune' }
>;

export async function live(world: World, step: LifeStep): Promise<Effect> {
  const pc = 'pc' in step ? world.pcs[step.pc] : undefined;
  switch (step.do) {
    case 'backup':
      return pc ? backUp(world, pc) : idle;
    case 'restore':
      return pc ? restore(world, pc) : idle;
    case 'clone':
      if (!pc || world.pcs.length > world.plan.pcs.length) return idle;
      await world.clone(pc);
      return touching([pc], 'cloned');
    case 'keep':
      return keep(world);
    case 'rewind':
      return rewind(world);
    case 'epoch':
      if (isBusy(world)) return idle;
      await world.cloud.admin.query('update sync.cloud set epoch = epoch + 1');
      return { ...idle, outcome: 'epoch' };
    case 'enrol anew':
      return pc ? enrolAnew(world, pc, step) : idle;
    case 'sleep':
      return sleep(world, step.days);
    case 'prune':
      return prune(world, step.nth);
    default:
      return assertNever(step);
  }
}

function backUp({ kept }: World, pc: SimPc): Effect {
  const file = `${pc.file}.backup`;
  rmSync(file, { force: true });
  kept.disks.set(pc.index, { file, last: pc.view.log.at(-1)?.seq ?? 0 });
  pc.backUp(file);
  return touching([pc], 'backed up');
}

function restore({ kept, ledger }: World, pc: SimPc): Effect {
  const backup = kept.disks.get(pc.index);
  if (!backup) return idle;
  ledger.branch(pc.index, pc.index, backup.last);
  pc.mayFork = true;
  pc.restore(backup.file);
  // what it had seen since is gone: it begins from here
  pc.look();
  return touching([pc], 'restored');
}

/** Nothing may be in the middle of a transaction when the whole cloud is looked at or set back. */
export function isBusy({ network, offices }: World): boolean {
  return network.calls.some((call) => call.state === 'running') || offices.some(({ open }) => open);
}

async function keep(world: World): Promise<Effect> {
  if (isBusy(world)) return idle;
  const cloud = await world.cloud.keep();
  const mirror = world.mirror.keep();
  const ledger = world.ledger.keep();
  world.kept.cloud = async () => {
    await cloud();
    mirror();
    ledger();
  };
  return { ...idle, outcome: 'kept' };
}

/**
 * What a PC that is being filled has read of a time that the cloud then loses is in no feed: nothing tells it, and the daily comparison with the cloud
 * mends it. So nobody is being filled here.
 */
export function isFilling({ network, pcs }: World): boolean {
  return (
    pcs.some(({ view }) => view.bootstraps.size > 0 || view.cursors.size === 0) ||
    network.calls.some(({ name }) => name.startsWith('sync_snapshot'))
  );
}

async function rewind(world: World): Promise<Effect> {
  if (isBusy(world) || isFilling(world) || !world.kept.cloud) return idle;
  await world.kept.cloud();
  for (const pc of world.pcs) world.unaware.add(pc);
  return { ...idle, outcome: 'rewound', cloudMoved: true };
}

async function enrolAnew(
  world: World,
  pc: SimPc,
  { replaces, r }: Extract<LifeStep, { do: 'enrol anew' }>,
): Promise<Effect> {
  if (isBusy(world)) return idle;
  const before = pc.caller.deviceId;
  await world.enrolAnew(pc, uuid(randomFrom(r)));
  if (replaces) await world.cloud.admin.query('select public.revoke_device($1)', [before]);
  return { ...touching(pc, 'enrolled'), cloudMoved: true };
}

function sleep({ timers, pcs }: World, days: number): Effect {
  timers.pass(days * 86_400_000);
  for (const pc of pcs) pc.mayForget = true;
  return { ...idle, outcome: 'slept' };
}

async function prune(world: World, nth: number): Promise<Effect> {
  const scopes = world.mirror.scopes();
  const scope = scopes[nth % Math.max(1, scopes.length)];
  if (isBusy(world) || scope === undefined) return idle;
  await world.cloud.admin.query(
    `select sync.prune_feed((select id from sync.scopes where key = $1), now() + interval '1 day', 1000000)`,
    [scope],
  );
  return { ...idle, outcome: 'pruned', cloudMoved: true };
}
