/** The quiet after a run: nothing goes wrong any more, the office is done, people settle what is stuck. Everything has to arrive. */
import type { SimPc } from '../pc/sim-pc.ts';
import type { Step } from './steps.ts';
import type { World } from './world.ts';

/** Virtual time and steps within which every queue must be empty. */
const patienceMs = 6 * 3_600_000;
const patienceSteps = 1500;
/** Two minutes of rounds in which nothing moves. */
const roundsUntilUpkeep = 8;

export type Drain = {
  /** The next step towards quiet; null when there is quiet. */
  readonly next: () => Step | null;
  /** Why it does not become quiet; null while there is hope. */
  readonly stuck: () => string | null;
};

export function createDrain(world: World): Drain {
  // where disks or the cloud went back, a position alone says little: everybody has a whole round more
  const roundsBefore = new Map(world.pcs.map((pc) => [pc, world.plan.life ? lastRound(pc) : -1]));
  // after months everybody also comes to what is done when nothing else is: forgetting what is old
  const more = world.plan.life === 'months' ? roundsUntilUpkeep : 1;
  const isDone = (pc: SimPc): boolean => hasArrived(world, pc) && lastRound(pc) >= (roundsBefore.get(pc) ?? -1) + more;
  const began = world.timers.now();
  let steps = 0;
  const { network, offices, timers } = world;

  const next = (): Step | null => {
    steps += 1;
    const office = offices.findIndex(({ open }) => open);
    if (office >= 0) return { do: 'office', who: office, what: 'commit', r: 1 };
    const cut = world.pcs.find(({ partition }) => partition !== 'none');
    if (cut) return { do: 'cut', pc: cut.index, way: 'none' };
    const paused = world.pcs.find(({ store }) => store.read.get(`SELECT 1 FROM _meta WHERE key = 'pause'`));
    if (paused) return { do: 'resume', pc: paused.index };
    if (network.pauses[0]) return { do: 'go-on', pc: network.pauses[0].pc };
    if (network.calls.some((call) => !call.awaited && call.state === 'asked')) return { do: 'stray', nth: 0 };
    const answered = network.calls.find((call) => call.state === 'answered');
    if (answered) return { do: 'answer', pc: answered.pc, nth: 0 };
    const asked = network.calls.find((call) => call.state === 'asked');
    if (asked) return { do: 'serve', pc: asked.pc, nth: 0 };
    if (network.nudges[0]) return { do: 'hint', pc: network.nudges[0].pc, lost: false };
    if (!world.pcs.every((pc) => pc.revoked || isDone(pc))) return { do: 'wait' };
    const stuck = world.pcs.find(({ view, revoked }) => !revoked && view.letters.length > 0);
    return stuck ? { do: 'act', pc: stuck.index, what: 'discard', r: 1 } : null;
  };

  return {
    next,
    stuck: () => {
      if (steps < patienceSteps && timers.now() - began < patienceMs) return null;
      const late = world.pcs.filter((pc) => !pc.revoked && !isDone(pc));
      return late.map((pc) => describeLate(world, pc)).join('; ') || 'letters that nobody can settle';
    },
  };
}

/** Nothing that could be sent is left, and everything that the cloud has for it is there. */
function hasArrived({ mirror }: World, { view, scopes }: SimPc): boolean {
  return (
    view.onTheWay.size === 0 &&
    view.bootstraps.size === 0 &&
    view.log.every(({ state }) => state >= 2) &&
    scopes.every((scope) => (view.cursors.get(scope) ?? 0) === mirror.feed(scope).length)
  );
}

/** The last round that went well. */
function lastRound({ store }: SimPc): number {
  return (
    store.read.get<{ id: number }>(`SELECT id FROM _sync_runs WHERE outcome = 'ok' ORDER BY id DESC LIMIT 1`)?.id ?? 0
  );
}

function describeLate(world: World, pc: SimPc): string {
  const { view } = pc;
  const waiting = view.log.filter(({ state }) => state < 2).length;
  const behind = pc.scopes.map(
    (scope) => `${scope.slice(0, 5)} ${view.cursors.get(scope) ?? 0}/${world.mirror.feed(scope).length}`,
  );
  const failure = pc.daemon.status().failure;
  return `PC ${pc.index + 1}: ${waiting} operations wait, ${behind.join(', ')}, ${failure ? `${failure.code} (${failure.detail ?? ''})` : 'no failure'}`;
}
