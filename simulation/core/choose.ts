/** Draws the next step from what is possible now. */
import { actWeights, type ActName } from '../pc/acts.ts';
import { officeWeights } from '../cloud/office.ts';
import { isBusy, isFilling } from './live.ts';
import { mayRun } from './perform.ts';
import type { Random } from './random.ts';
import type { Mishap, Step } from './steps.ts';
import type { World } from './world.ts';

type Entry = readonly [number, () => Step];

const mishaps: readonly Mishap[] = ['busy', 'throttled', 'sign-in', 'page', 'cut short', 'garbled'];
const day = 86_400_000;
const seedOf = (random: Random): number => random.int(2_000_000_000);

export function choose(world: World, random: Random): Step {
  const entries: Entry[] = [...world.pcs.flatMap((_, pc) => ofPc(world, pc, random)), ...ofOffice(world, random)];
  const { calls } = world.network;
  const strays = calls.filter((call) => !call.awaited && call.state === 'asked' && mayRun(world, call)).length;
  if (strays > 0) entries.push([2, () => ({ do: 'stray', nth: random.int(strays) })]);
  if (calls.some((call) => call.state === 'running')) entries.push([0.5, () => ({ do: 'timeout' })]);
  entries.push(...ofLife(world, random));
  if (world.timers.nextAt() !== null) entries.push([3, () => ({ do: 'wait' })]);
  return random.weighted(entries)();
}

function ofPc(world: World, pc: number, random: Random): Entry[] {
  const { plan, network } = world;
  const mine = network.calls.filter((call) => call.pc === pc && call.awaited);
  const asked = mine.filter((call) => call.state === 'asked' && mayRun(world, call)).length;
  const answered = mine.filter((call) => call.state === 'answered').length;
  const still = mine.filter((call) => call.state !== 'running').length;
  const bad = plan.trouble;
  const { partition, revoked } = world.pcs[pc] as World['pcs'][number];
  return [
    [asked > 0 ? 12 : 0, () => ({ do: 'serve', pc, nth: random.int(asked) })],
    [answered > 0 ? 12 : 0, () => ({ do: 'answer', pc, nth: random.int(answered) })],
    [still > 0 ? 1.5 * bad : 0, () => ({ do: 'lose', pc, nth: random.int(still) })],
    [still > 0 ? 0.8 * bad : 0, () => ({ do: 'spoil', pc, nth: random.int(still), how: random.pick(mishaps) })],
    [still > 0 ? 1.2 * bad : 0, () => ({ do: 'copy', pc, nth: random.int(still) })],
    [network.pauses.some((pause) => pause.pc === pc) ? 20 : 0, () => ({ do: 'go-on', pc })],
    [
      network.nudges.some((nudge) => nudge.pc === pc) ? 4 : 0,
      () => ({ do: 'hint', pc, lost: random.chance(0.2 * bad) }),
    ],
    [4, () => ({ do: 'act', pc, what: random.weighted<ActName>(actWeights[plan.day]), r: seedOf(random) })],
    [0.4 * bad, () => ({ do: 'crash', pc, power: random.chance(0.6) })],
    [0.2, () => ({ do: 'clock', pc, skew: random.pick([0, -day, 365 * day, random.int(day)]) })],
    [
      partition === 'none' ? 0.2 * bad : 1.5,
      () => ({ do: 'cut', pc, way: partition === 'none' ? random.pick(['up', 'down']) : 'none' }),
    ],
    [0.15, () => ({ do: 'pause', pc, minutes: random.pick([null, 5]) })],
    [0.3, () => ({ do: 'resume', pc })],
    [0.6, () => ({ do: 'press', pc })],
    [plan.revokes && !revoked && pc > 0 ? 0.4 : 0, () => ({ do: 'revoke', pc })],
  ];
}

function ofOffice(world: World, random: Random): Entry[] {
  return world.offices.map(({ waiting }, who): Entry => [
    waiting ? 0 : 4 * world.plan.office,
    () => ({ do: 'office', who, what: random.weighted(officeWeights), r: seedOf(random) }),
  ]);
}

/** What the life of a world consists of: some such steps in each, and only where they can be taken. */
function ofLife(world: World, random: Random): Entry[] {
  const { plan, pcs, kept } = world;
  const pc = random.int(pcs.length);
  const calm = isBusy(world) ? 0 : 1;
  switch (plan.life) {
    case null:
      return [];
    case 'restore':
      return [
        [1.5, () => ({ do: 'backup', pc })],
        [kept.disks.has(pc) ? 1.5 : 0, () => ({ do: 'restore', pc })],
      ];
    case 'clone':
      return [[pcs.length > plan.pcs.length ? 0 : 1.5, () => ({ do: 'clone', pc })]];
    case 'rewind':
      return [
        [(kept.cloud ? 2 : 10) * calm, () => ({ do: 'keep' })],
        [kept.cloud && !isFilling(world) ? 6 * calm : 0, () => ({ do: 'rewind' })],
      ];
    case 'epoch':
      return [[calm, () => ({ do: 'epoch' })]];
    case 'enrol anew':
      return [[4 * calm, () => ({ do: 'enrol anew', pc, replaces: random.chance(0.5), r: seedOf(random) })]];
    case 'months':
      return [
        [1.6, () => ({ do: 'sleep', days: random.pick([1, 8, 25, 40, 90, 200]) })],
        [2 * calm, () => ({ do: 'prune', nth: random.int(3) })],
        [calm, () => ({ do: 'enrol anew', pc, replaces: true, r: seedOf(random) })],
      ];
    case 'prune':
      return [[6 * calm, () => ({ do: 'prune', nth: random.int(3) })]];
  }
}
